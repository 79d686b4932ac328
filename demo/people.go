package demo

import (
	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// staff is one person of the agency or the platform. All names are invented.
type staff struct {
	name, phone, password string
	role                  account.Role
	territory             []string
}

var agency = struct{ name, province string }{"Dinas Sosial Contoh", "35"}

// The phone numbers are of the shape +62 812-0000-00NN, which nobody has.
var people = []staff{
	{"Ratna W.", "0812-0000-0001", "pasar-minggu-01", account.RoleOfficer, []string{"35", "36"}},
	{"Dimas A.", "0812-0000-0002", "toples-rapat-02", account.RoleCurator, []string{"35", "36"}},
	{"Yuni K.", "0812-0000-0003", "benang-jahit-03", account.RoleCurator, []string{"35", "36"}},
	{"Hendro", "0812-0000-0004", "motor-bebek-04", account.RoleCompanion, []string{"35.19", "35.20", "35.21", "35.77"}},
	{"Sulastri", "0812-0000-0005", "jalan-desa-05", account.RoleCompanion, []string{"35.23", "35.18", "35.71", "35.03", "35.73"}},
	{"Arif", "0812-0000-0006", "kopi-tubruk-06", account.RoleCompanion, []string{"36.03", "36.73"}},
	{"Mela", "0812-0000-0007", "kebun-jahe-07", account.RoleCompanion, []string{"36.01", "36.02"}},
	{"Tuti S.", "0812-0000-0008", "buku-kas-08", account.RoleFinance, []string{"35", "36"}},
	{"Agus P.", "0812-0000-0009", "dua-tanda-09", account.RoleFinance, []string{"35", "36"}},
	{"Bambang S.", "0812-0000-0010", "rumah-joglo-10", account.RoleHead, []string{"35", "36"}},
	{"Laras P.", "0812-0000-0012", "mata-tajam-12", account.RoleCurator, []string{"35", "36"}},
	{"Nadia R.", "0812-0000-0011", "kunci-induk-11", account.RoleAdmin, nil},
}

// shop is one seller of the demo world with the person who runs it.
type shop struct {
	id                 string // S01 …, the name in the outline of the demo world
	name               string
	kind               catalog.ShopKind
	district, village  string
	street             string
	about              string
	maker, phone       string // no phone: the companion does the daily work
	password           string
	companion          string // a name of people
	pickup, own, couri bool
	ownFee             money.Rupiah
	carrier            string // whose tariff it uses; empty: the four zones
	curator            string
	fortune            string // how it sold in the year before, of fortunes
}

const (
	hendro, sulastri, arif, mela = "Hendro", "Sulastri", "Arif", "Mela"
	dimas, yuni, laras           = "Dimas A.", "Yuni K.", "Laras P."
)

// seats say what comes to which curator: Dimas leads and knows food, Yuni sewing
// and crafts, Laras covers for both.
var seats = []struct {
	curator    string
	lead       bool
	categories []string
	cover      string
}{
	{dimas, true, []string{"kue-kering", "camilan", "minuman"}, laras},
	{yuni, false, []string{"jahitan-seragam", "rajut", "anyaman", "kriya", "rumah-tangga", "besi"}, laras},
}

var shops = []shop{
	{
		id: "S01", name: "KUBE Dapur Gayeng", kind: catalog.Group, district: "35.19.03", village: "Sareng", street: "Jl. Melati RT 004 RW 001",
		about: "Delapan ibu satu dapur. Kami mulai dari pesanan Lebaran tetangga, sekarang toples kami sampai ke luar kota. Semua kue dipanggang setelah dipesan.",
		maker: "Lastri", phone: "0812-0000-0020", password: "oven-hangat-20", companion: hendro, pickup: true, own: true, couri: true, carrier: "cepat", ownFee: 10_000, curator: dimas, fortune: "baker",
	},
	{
		id: "S02", name: "Toples Bu Wening", kind: catalog.Individual, district: "35.20.08", village: "Milangasri", street: "Gang Kenanga RT 002 RW 003",
		about: "Kue kering resep simbah, dikerjakan sendiri di dapur kecil. Sedikit-sedikit, tapi telaten.",
		maker: "Wening", companion: hendro, pickup: true, couri: true, curator: dimas, fortune: "baker",
	},
	{
		id: "S03", name: "Jahe Sumringah", kind: catalog.Individual, district: "36.01.17", village: "Pandat", street: "Kampung Cikole RT 001 RW 002",
		about: "Jahe dari kebun lereng, diparut pagi, dimasak sampai jadi serbuk sore itu juga.",
		maker: "Yayah", phone: "0812-0000-0022", password: "jahe-merah-22", companion: mela, pickup: true, couri: true, curator: dimas, fortune: "growing",
	},
	{
		id: "S04", name: "Konveksi Tirta Aman", kind: catalog.Individual, district: "36.03.07", village: "Kronjo", street: "Jl. Pesisir No. 12",
		about: "Empat penjahit yang terbiasa dengan kain tebal dan jahitan yang harus kuat.",
		maker: "Euis", phone: "0812-0000-0023", password: "jahitan-kuat-23", companion: arif, pickup: true, couri: true, curator: yuni, fortune: "growing",
	},
	{
		id: "S05", name: "Jahit Sekar Mandiri", kind: catalog.Individual, district: "35.23.15", village: "Prunggahan Kulon", street: "Jl. Sekar RT 003 RW 002",
		about: "Seragam, mukena dan masker. Ukuran boleh campur, jahitan rapi, selesai pada hari yang dijanjikan.",
		maker: "Sekar", phone: "0812-0000-0024", password: "benang-putih-24", companion: sulastri, pickup: true, couri: true, carrier: "cepat", curator: yuni, fortune: "growing",
	},
	{
		id: "S06", name: "KUBE Rukun Jahit", kind: catalog.Group, district: "35.18.16", village: "Mungkung", street: "Balai RT 005",
		about: "Enam mesin jahit di satu balai. Sablon, celemek dan tas kain untuk acara maupun harian.",
		maker: "Darmi", phone: "0812-0000-0025", password: "mesin-enam-25", companion: sulastri, pickup: true, own: true, couri: true, ownFee: 15_000, curator: yuni, fortune: "stagnant",
	},
	{
		id: "S07", name: "Karya Binaan Sumberjaya", kind: catalog.Institution, district: "35.21.10", village: "Paron", street: "Koperasi karya, Jl. Raya Paron",
		about: "Rajutan dari bengkel karya. Satu tas dikerjakan satu orang dari awal sampai akhir.",
		maker: "Wahyu", phone: "0812-0000-0026", password: "rajut-rapat-26", companion: "", pickup: true, couri: true, curator: yuni, fortune: "steady",
	},
	{
		id: "S08", name: "Griya Karya UPT", kind: catalog.Institution, district: "35.77.03", village: "Mojorejo", street: "Jl. Serayu No. 8",
		about: "Batik, ukiran, sapu dan keset dari bengkel keterampilan.",
		maker: "Prapti", phone: "0812-0000-0027", password: "batik-tulis-27", companion: "", pickup: true, couri: true, curator: yuni, fortune: "steady",
	},
	{
		id: "S09", name: "Rajut Lestari", kind: catalog.Group, district: "35.73.04", village: "Bandungrejosari", street: "Jl. Janti RT 006 RW 004",
		about: "Lima perajut yang bertemu tiap Rabu. Warna boleh dipilih lewat catatan pesanan.",
		maker: "Lestari", phone: "0812-0000-0028", password: "hakpen-enam-28", companion: sulastri, pickup: true, couri: true, curator: yuni, fortune: "steady",
	},
	{
		id: "S10", name: "Anyam Pring Asri", kind: catalog.Individual, district: "36.02.06", village: "Leuwidamar", street: "Kampung Babakan",
		about: "Bambu dari rumpun belakang rumah, dibelah dan dianyam tangan. Ambil di tempat supaya tidak penyok.",
		maker: "Sarmin", phone: "0812-0000-0029", password: "bambu-tua-29", companion: mela, pickup: true, curator: yuni, fortune: "steady",
	},
	{
		id: "S11", name: "Las Barokah", kind: catalog.Individual, district: "35.71.03", village: "Pesantren", street: "Jl. Brigjen Polisi No. 3",
		about: "Rak dan rangka besi, las rapi, cat dua kali.",
		maker: "Imron", phone: "0812-0000-0030", password: "besi-hollow-30", companion: sulastri, pickup: true, own: true, couri: true, ownFee: 20_000, curator: yuni, fortune: "growing",
	},
	{
		id: "S12", name: "Laundry Resik", kind: catalog.Individual, district: "35.78.16", village: "Ampel", street: "Gang Ampel Kejeron No. 4",
		about: "Cuci, setrika, lipat. Dijemput pagi, diantar dua hari kemudian, dalam lima kilometer dari Semampir.",
		maker: "Maryam", phone: "0812-0000-0031", password: "wangi-bersih-31", companion: sulastri, pickup: true, own: true, ownFee: 5_000, curator: yuni, fortune: "steady",
	},
	{
		id: "S13", name: "Keripik Lumintu", kind: catalog.Individual, district: "35.03.13", village: "Durenan", street: "Jl. Raya Durenan RT 002",
		about: "Tempe dibuat sendiri, diiris tipis, digoreng dua kali. Renyahnya tahan lama.",
		maker: "Sumiati", phone: "0812-0000-0032", password: "tempe-tipis-32", companion: sulastri, pickup: true, couri: true, curator: dimas, fortune: "growing",
	},
	{
		id: "S14", name: "Dapur Pesisir", kind: catalog.Individual, district: "35.12.06", village: "Kilensari", street: "Jl. Pantai RT 001 RW 003",
		about: "Ikan dari perahu pagi, disuwir dan disangrai sampai kering.",
		maker: "Holifah", phone: "0812-0000-0033", password: "ikan-kering-33", companion: sulastri, pickup: true, couri: true, curator: dimas, fortune: "fading",
	},
	{
		id: "S15", name: "Kriya Setara", kind: catalog.Group, district: "36.73.05", village: "Banjaragung", street: "Jl. Bhayangkara RT 001",
		about: "Tujuh tangan mengubah koran dan kain sisa jadi barang yang dipakai lagi.",
		maker: "Nani", phone: "0812-0000-0034", password: "koran-bekas-34", companion: arif, pickup: true, couri: true, curator: yuni, fortune: "steady",
	},
}
