package demo

import (
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// stage is how far a product of the demo world has come.
type stage int

const (
	published stage = iota
	returned        // the curator asked for better packaging
	waiting         // in the queue
	draft
)

type product struct {
	shop, art      string // art is a file of art/, without .jpg
	title, unit    string
	category       string
	price          money.Rupiah
	mode           catalog.Mode
	quantity, lead int64 // stock or pieces a month; working days
	grams          int64
	description    string
	stage          stage
	note           string // of the curator, when returned
	pickupOnly     bool
}

const (
	inStock  = catalog.ModeStock
	perMonth = catalog.ModeCapacity
)

var products = []product{
	{shop: "S01", art: "p01-nastar", title: "Nastar", unit: "toples 500 g", category: "kue-kering", price: 55_000, mode: perMonth, quantity: 140, lead: 5, grams: 700,
		description: "Selai nanas kami masak sendiri tiga jam sampai legit. Dipanggang setelah Anda pesan, jadi sampai masih harum.\nKomposisi: terigu, mentega, telur, nanas, gula, susu."},
	{shop: "S01", art: "p02-kastengel", title: "Kastengel", unit: "toples 500 g", category: "kue-kering", price: 62_000, mode: perMonth, quantity: 100, lead: 5, grams: 700,
		description: "Keju tua parut kasar, gurihnya terasa sampai gigitan terakhir.\nKomposisi: terigu, mentega, keju, telur, susu."},
	{shop: "S01", art: "p03-putri-salju", title: "Putri salju", unit: "toples 500 g", category: "kue-kering", price: 50_000, mode: perMonth, quantity: 60, lead: 5, grams: 650,
		description: "Lumer di mulut, gula halusnya tidak bikin enek.\nKomposisi: terigu, mentega, kacang mete, gula, susu."},
	{shop: "S02", art: "p05-lidah-kucing-before", title: "Lidah kucing", unit: "bungkus 250 g", category: "kue-kering", price: 28_000, mode: perMonth, quantity: 80, lead: 4, grams: 350,
		description: "Tipis, renyah, harum mentega.", stage: returned,
		note: "Plastiknya masih distapler dan belum ada berat bersih. Pakai toples bertutup rapat, tempel label: nama, berat bersih, tanggal kedaluwarsa."},
	{shop: "S02", art: "p06-kue-semprit", title: "Kue semprit", unit: "toples 400 g", category: "kue-kering", price: 35_000, mode: perMonth, quantity: 80, lead: 4, grams: 550,
		description: "Bentuknya seperti bunga, tengahnya diberi cokelat sedikit.\nKomposisi: terigu, mentega, telur, susu, cokelat."},
	{shop: "S02", art: "p07-rengginang", title: "Rengginang", unit: "bungkus 500 g", category: "camilan", price: 22_000, mode: inStock, quantity: 150, lead: 3, grams: 600,
		description: "Ketan dijemur dua hari, tinggal goreng. Mekar besar."},
	{shop: "S03", art: "p08-jahe-instan", title: "Jahe instan", unit: "bungkus 200 g", category: "minuman", price: 18_000, mode: inStock, quantity: 600, lead: 2, grams: 220,
		description: "Dua sendok, air panas, aduk. Tanpa pewarna.\nKomposisi: jahe, gula pasir."},
	{shop: "S03", art: "p09-jahe-merah-gula-aren", title: "Jahe merah gula aren", unit: "bungkus 250 g", category: "minuman", price: 25_000, mode: inStock, quantity: 300, lead: 2, grams: 270,
		description: "Jahe merah lebih tajam, gula arennya dari tetangga sebelah kebun.\nKomposisi: jahe merah, gula aren."},
	{shop: "S03", art: "p10-kunyit-instan", title: "Kunyit instan", unit: "bungkus 200 g", category: "minuman", price: 19_000, mode: inStock, quantity: 250, lead: 2, grams: 220,
		description: "Kunyit asam yang segar, enak juga dingin.\nKomposisi: kunyit, asam jawa, gula pasir."},
	{shop: "S04", art: "p13-tas-kedap-air", title: "Tas kedap air 20 L", unit: "buah", category: "jahitan-seragam", price: 85_000, mode: perMonth, quantity: 60, lead: 7, grams: 600,
		description: "Kain terpal tebal, sambungan dilas panas. Mulutnya digulung tiga kali lalu dikunci."},
	{shop: "S04", art: "p14-rompi-kerja-reflektif", title: "Rompi kerja reflektif", unit: "buah", category: "jahitan-seragam", price: 58_000, mode: perMonth, quantity: 150, lead: 7, grams: 300,
		description: "Dua pita pantul lebar, empat saku. Ukuran bebas, tulis di catatan."},
	{shop: "S05", art: "p16-seragam-sd", title: "Seragam SD set", unit: "set", category: "jahitan-seragam", price: 115_000, mode: perMonth, quantity: 90, lead: 14, grams: 500,
		description: "Kemeja putih dan celana atau rok merah. Jahitan dobel di tempat yang cepat sobek. Tulis ukuran di catatan."},
	{shop: "S05", art: "p18-masker-kain", title: "Masker kain 3 lapis", unit: "buah", category: "jahitan-seragam", price: 7_500, mode: inStock, quantity: 1_500, lead: 2, grams: 20,
		description: "Tiga lapis, kawat hidung, tali karet lembut. Dicuci berkali-kali tetap rapi."},
	{shop: "S05", art: "p19-mukena-anak", title: "Mukena anak", unit: "set", category: "jahitan-seragam", price: 95_000, mode: perMonth, quantity: 30, lead: 10, grams: 400,
		description: "Katun adem, renda tipis, ada kantongnya. Untuk usia 5 sampai 9 tahun."},
	{shop: "S06", art: "p21-kaos-sablon", title: "Kaos sablon", unit: "buah", category: "jahitan-seragam", price: 55_000, mode: perMonth, quantity: 300, lead: 10, grams: 200,
		description: "Katun 24s, sablon satu sisi sampai dua warna. Kirim gambar setelah pesan."},
	{shop: "S06", art: "p22-celemek-dapur", title: "Celemek dapur", unit: "buah", category: "rumah-tangga", price: 35_000, mode: inStock, quantity: 120, lead: 3, grams: 180,
		description: "Kanvas tebal, tali bisa diatur, satu saku besar di depan."},
	{shop: "S06", art: "p23-tas-belanja-kain", title: "Tas belanja kain", unit: "buah", category: "rumah-tangga", price: 18_000, mode: inStock, quantity: 250, lead: 3, grams: 120,
		description: "Muat belanja dua hari. Dilipat jadi sekecil dompet."},
	{shop: "S07", art: "p24-tas-rajut", title: "Tas rajut", unit: "buah", category: "rajut", price: 85_000, mode: inStock, quantity: 60, lead: 5, grams: 350,
		description: "Benang katun tebal, furing di dalam, tali bahu kuat."},
	{shop: "S07", art: "p25-taplak-rajut", title: "Taplak rajut", unit: "buah", category: "rajut", price: 110_000, mode: perMonth, quantity: 20, lead: 12, grams: 500,
		description: "Motif kipas, garis tengah 90 cm. Satu taplak dua minggu."},
	{shop: "S08", art: "p29-batik-tulis", title: "Batik tulis 2 meter", unit: "lembar", category: "kriya", price: 275_000, mode: inStock, quantity: 20, lead: 3, grams: 350,
		description: "Malam ditorehkan tangan, pewarna alam. Tiap lembar sedikit berbeda."},
	{shop: "S08", art: "p30-ukiran-kayu", title: "Ukiran kayu", unit: "buah", category: "kriya", price: 300_000, mode: perMonth, quantity: 8, lead: 14, grams: 2_000,
		description: "Kayu jati sisa bangunan, ukiran sulur, siap digantung."},
	{shop: "S08", art: "p31-sapu-ijuk", title: "Sapu ijuk", unit: "buah", category: "rumah-tangga", price: 22_000, mode: inStock, quantity: 300, lead: 2, grams: 700,
		description: "Ijuk dipilih yang panjang, diikat rapat. Gagang kayu halus."},
	{shop: "S08", art: "p32-keset-perca", title: "Keset perca", unit: "buah", category: "rumah-tangga", price: 15_000, mode: inStock, quantity: 300, lead: 2, grams: 400,
		description: "Kain sisa konveksi, tebal, menyerap air. Warna campur."},
	{shop: "S09", art: "p33-tas-rajut-anyam", title: "Tas rajut anyam", unit: "buah", category: "rajut", price: 145_000, mode: perMonth, quantity: 35, lead: 10, grams: 450,
		description: "Perpaduan rajut dan anyam, ada kancing kayu."},
	{shop: "S09", art: "p34-boneka-rajut", title: "Boneka rajut pajangan", unit: "buah", category: "rajut", price: 75_000, mode: perMonth, quantity: 40, lead: 8, grams: 200,
		description: "Pajangan untuk dewasa, bukan mainan anak. Tinggi 22 cm."},
	{shop: "S09", art: "p36-syal-rajut", title: "Syal rajut", unit: "buah", category: "rajut", price: 90_000, mode: perMonth, quantity: 30, lead: 8, grams: 250,
		description: "Benang akrilik lembut, panjang 160 cm."},
	{shop: "S10", art: "p37-bakul-bambu", title: "Bakul bambu", unit: "buah", category: "anyaman", price: 35_000, mode: inStock, quantity: 60, lead: 4, grams: 400, pickupOnly: true,
		description: "Untuk nasi sepuluh orang. Bambu tua, tidak mudah berjamur."},
	{shop: "S10", art: "p38-besek-hantaran", title: "Besek hantaran", unit: "buah", category: "anyaman", price: 6_500, mode: inStock, quantity: 500, lead: 5, grams: 80, pickupOnly: true,
		description: "18 × 18 cm, pasang tutupnya pas. Enak dilihat tanpa plastik."},
	{shop: "S10", art: "p39-tampah", title: "Tampah", unit: "buah", category: "anyaman", price: 28_000, mode: inStock, quantity: 60, lead: 4, grams: 500, pickupOnly: true,
		description: "Garis tengah 50 cm, bingkai rotan."},
	{shop: "S11", art: "p40-rak-besi-tanaman", title: "Rak besi tanaman", unit: "buah", category: "besi", price: 165_000, mode: perMonth, quantity: 25, lead: 6, grams: 6_000,
		description: "Tiga susun, tinggi 90 cm, cat hitam dua kali. Kuat untuk pot semen."},
	{shop: "S13", art: "p44-keripik-tempe", title: "Keripik tempe", unit: "bungkus 250 g", category: "camilan", price: 17_000, mode: inStock, quantity: 900, lead: 2, grams: 280,
		description: "Tipis seperti kertas, bumbu ketumbar dan daun jeruk.\nKomposisi: kedelai, tepung beras, bumbu."},
	{shop: "S13", art: "p45-keripik-pisang", title: "Keripik pisang", unit: "bungkus 250 g", category: "camilan", price: 16_000, mode: inStock, quantity: 700, lead: 2, grams: 280,
		description: "Pisang kepok tua, manisnya asli."},
	{shop: "S13", art: "p46-rempeyek", title: "Rempeyek", unit: "bungkus 200 g", category: "camilan", price: 14_000, mode: inStock, quantity: 600, lead: 2, grams: 230,
		description: "Kacang penuh sampai pinggir.\nKomposisi: kacang tanah, tepung beras, santan, bumbu."},
	{shop: "S15", art: "p49-keranjang-koran", title: "Keranjang koran daur ulang", unit: "buah", category: "kriya", price: 48_000, mode: perMonth, quantity: 50, lead: 6, grams: 500,
		description: "Koran digulung, dianyam, dilapisi tiga kali. Kuat untuk buah dan majalah."},
	{shop: "S15", art: "p50-gantungan-kunci-kain", title: "Gantungan kunci kain", unit: "buah", category: "kriya", price: 8_000, mode: inStock, quantity: 1_000, lead: 3, grams: 20, stage: waiting,
		description: "Kain perca, isi dakron, ring besi. Cocok untuk suvenir."},
}
