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
	refused
	suspended // was on sale until somebody looked again
)

type product struct {
	shop, art      string // art is a file of art/, without .jpg
	title, unit    string
	category       string
	price          money.Rupiah
	tiers          []tier // wholesale, from few to many
	mode           catalog.Mode
	quantity, lead int64 // stock or pieces a month; working days
	grams          int64
	description    string
	stage          stage
	note           string // of the curator, when returned, refused or suspended
	pickupOnly     bool
	service        bool             // work, not goods
	kind           catalog.UnitKind // a piece unless said
	least          int64            // that one order takes; 0 is one
	size           [3]int64         // of one packed piece in cm
	variants       []variant

	// What the label says, and what is certified; the numbers show that they are examples.
	composition, storage, packaging, facts string
	net, shelf                             int64 // grams; days
	pirt, halal                            bool
	pending                                string // why the halal certificate may come later
	endsIn                                 int    // days in which the P-IRT ends; 0: years
	unasked                                bool   // nobody has said yet in what kitchen it is made
}

// wasPublished reports whether the product was on sale in the year before.
func (p product) wasPublished() bool { return p.stage == published || p.stage == suspended }

// variant is one size or colour.
type variant struct {
	name  string
	price money.Rupiah
	grams int64 // 0: as the product
	stock int64 // of goods from stock
}

// tier is the price of each from so many on.
type tier struct {
	from  int64
	price money.Rupiah
}

const kering = "Simpan di tempat kering dan sejuk, tutup rapat."

const (
	inStock  = catalog.ModeStock
	perMonth = catalog.ModeCapacity
)

var products = []product{
	{shop: "S01", art: "p01-nastar", title: "Nastar", unit: "toples 500 g", category: "kue-kering", price: 55_000, tiers: []tier{{24, 50_000}, {50, 47_500}}, mode: perMonth, quantity: 300, lead: 5, grams: 700,
		description: "Selai nanas kami masak sendiri tiga jam sampai legit. Dipanggang setelah Anda pesan, jadi sampai masih harum.", composition: "terigu, mentega, telur, nanas, gula, susu",
		net: 500, shelf: 90, storage: kering, packaging: "Toples plastik bersegel", pirt: true, halal: true, kind: catalog.UnitJar, size: [3]int64{24, 12, 18}},
	{shop: "S01", art: "p02-kastengel", title: "Kastengel", unit: "toples 500 g", category: "kue-kering", price: 62_000, tiers: []tier{{24, 57_000}, {50, 54_000}}, mode: perMonth, quantity: 100, lead: 5, grams: 700,
		description: "Keju tua parut kasar, gurihnya terasa sampai gigitan terakhir.", composition: "terigu, mentega, keju, telur, susu",
		net: 500, shelf: 90, storage: kering, packaging: "Toples plastik bersegel", pirt: true, halal: true, kind: catalog.UnitJar, size: [3]int64{24, 12, 18}},
	{shop: "S01", art: "p03-putri-salju", title: "Putri salju", unit: "toples 500 g", category: "kue-kering", price: 50_000, tiers: []tier{{24, 46_000}}, mode: perMonth, quantity: 60, lead: 5, grams: 650,
		description: "Lumer di mulut, gula halusnya tidak bikin enek.", composition: "terigu, mentega, kacang mete, gula, susu",
		net: 500, shelf: 60, storage: kering, packaging: "Toples plastik bersegel", pirt: true, halal: true, kind: catalog.UnitJar, size: [3]int64{24, 12, 18}},
	{shop: "S02", art: "p05-lidah-kucing-before", title: "Lidah kucing", unit: "bungkus 250 g", category: "kue-kering", price: 28_000, tiers: []tier{{20, 25_000}}, mode: perMonth, quantity: 80, lead: 4, grams: 350,
		description: "Tipis, renyah, harum mentega.", stage: returned,
		note: "Plastiknya masih distapler dan belum ada berat bersih. Pakai toples bertutup rapat, tempel label: nama, berat bersih, tanggal kedaluwarsa.",
		kind: catalog.UnitPack},
	{shop: "S02", art: "p06-kue-semprit", title: "Kue semprit", unit: "toples 400 g", category: "kue-kering", price: 35_000, tiers: []tier{{20, 32_000}}, mode: perMonth, quantity: 80, lead: 4, grams: 550,
		description: "Bentuknya seperti bunga, tengahnya diberi cokelat sedikit.", composition: "terigu, mentega, telur, susu, cokelat",
		net: 400, shelf: 60, storage: kering, packaging: "Toples plastik bersegel", pirt: true, pending: "Sertifikat halal sedang diurus, nomor pendaftaran CONTOH-SH-06", kind: catalog.UnitJar},
	{shop: "S02", art: "p07-rengginang", title: "Rengginang", unit: "bungkus 500 g", category: "camilan", price: 22_000, tiers: []tier{{30, 19_500}}, mode: inStock, quantity: 150, lead: 3, grams: 600,
		description: "Ketan dijemur dua hari, tinggal goreng. Mekar besar.",
		composition: "beras ketan, garam, bawang putih", net: 500, shelf: 180, storage: kering, packaging: "Plastik tebal bersegel", pirt: true, halal: true, kind: catalog.UnitPack},
	{shop: "S03", art: "p08-jahe-instan", title: "Jahe instan", unit: "bungkus 200 g", category: "minuman", price: 18_000, tiers: []tier{{24, 15_500}, {100, 14_000}}, mode: inStock, quantity: 600, lead: 2, grams: 220,
		description: "Dua sendok, air panas, aduk. Tanpa pewarna.", composition: "jahe, gula pasir",
		net: 200, shelf: 365, storage: kering, packaging: "Kemasan berdiri dengan klip", pirt: true, halal: true, kind: catalog.UnitPack},
	{shop: "S03", art: "p09-jahe-merah-gula-aren", title: "Jahe merah gula aren", unit: "bungkus 250 g", category: "minuman", price: 25_000, tiers: []tier{{24, 22_000}}, mode: inStock, quantity: 300, lead: 2, grams: 270,
		description: "Jahe merah lebih tajam, gula arennya dari tetangga sebelah kebun.", composition: "jahe merah, gula aren",
		net: 250, shelf: 365, storage: kering, packaging: "Kemasan berdiri dengan klip", pirt: true, halal: true, kind: catalog.UnitPack},
	{shop: "S03", art: "p10-kunyit-instan", title: "Kunyit instan", unit: "bungkus 200 g", category: "minuman", price: 19_000, tiers: []tier{{24, 16_500}}, mode: inStock, quantity: 250, lead: 2, grams: 220,
		description: "Kunyit asam yang segar, enak juga dingin.", composition: "kunyit, asam jawa, gula pasir",
		net: 200, shelf: 365, storage: kering, packaging: "Kemasan berdiri dengan klip", pirt: true, halal: true, kind: catalog.UnitPack},
	{shop: "S04", art: "p13-tas-kedap-air", title: "Tas kedap air 20 L", unit: "buah", category: "jahitan-seragam", price: 85_000, tiers: []tier{{20, 76_000}}, mode: perMonth, quantity: 60, lead: 7, grams: 600,
		description: "Kain terpal tebal, sambungan dilas panas. Mulutnya digulung tiga kali lalu dikunci.",
		facts:       "Bahan: terpal PVC\nUkuran: 20 liter, 60 x 25 cm\nPerawatan: bilas air tawar"},
	{shop: "S04", art: "p14-rompi-kerja-reflektif", title: "Rompi kerja reflektif", unit: "buah", category: "jahitan-seragam", price: 58_000, tiers: []tier{{24, 51_000}}, mode: perMonth, quantity: 150, lead: 7, grams: 300,
		description: "Dua pita pantul lebar, empat saku. Ukuran bebas, tulis di catatan.",
		facts:       "Bahan: poliester\nWarna: oranye dengan pita pantul\nPerawatan: cuci 40 derajat", variants: []variant{{name: "M", price: 58_000}, {name: "L", price: 58_000}, {name: "XL", price: 61_000, grams: 330}}},
	{shop: "S05", art: "p16-seragam-sd", title: "Seragam SD set", unit: "set", category: "jahitan-seragam", price: 115_000, tiers: []tier{{30, 108_000}}, mode: perMonth, quantity: 90, lead: 14, grams: 500,
		description: "Kemeja putih dan celana atau rok merah. Jahitan dobel di tempat yang cepat sobek. Tulis ukuran di catatan.",
		facts:       "Bahan: katun campuran\nIsi: kemeja putih, celana atau rok merah\nPerawatan: setrika sedang", kind: catalog.UnitSet, variants: []variant{{name: "S (6 sampai 7 tahun)", price: 115_000}, {name: "M (8 sampai 9 tahun)", price: 115_000}, {name: "L (10 sampai 11 tahun)", price: 120_000}, {name: "XL (12 tahun)", price: 125_000, grams: 550}}},
	{shop: "S05", art: "p18-masker-kain", title: "Masker kain 3 lapis", unit: "buah", category: "jahitan-seragam", price: 7_500, tiers: []tier{{50, 6_000}, {200, 5_000}}, mode: inStock, quantity: 1_500, lead: 2, grams: 20,
		description: "Tiga lapis, kawat hidung, tali karet lembut. Dicuci berkali-kali tetap rapi.",
		facts:       "Bahan: katun tiga lapis\nPerawatan: cuci sebelum dipakai"},
	{shop: "S05", art: "p19-mukena-anak", title: "Mukena anak", unit: "set", category: "jahitan-seragam", price: 95_000, tiers: []tier{{10, 88_000}}, mode: perMonth, quantity: 30, lead: 10, grams: 400,
		description: "Katun adem, renda tipis, ada kantongnya. Untuk usia 5 sampai 9 tahun.",
		facts:       "Bahan: katun\nUkuran: usia 5 sampai 9 tahun", kind: catalog.UnitSet},
	{shop: "S06", art: "p21-kaos-sablon", title: "Kaos sablon", unit: "buah", category: "jahitan-seragam", price: 55_000, tiers: []tier{{24, 47_000}}, mode: perMonth, quantity: 300, lead: 10, grams: 200,
		description: "Katun 24s, sablon satu sisi sampai dua warna. Kirim gambar setelah pesan.",
		facts:       "Bahan: katun 24s\nSablon: satu sisi sampai dua warna", least: 6, variants: []variant{{name: "S", price: 55_000}, {name: "M", price: 55_000}, {name: "L", price: 55_000}, {name: "XL", price: 58_000}}},
	{shop: "S06", art: "p22-celemek-dapur", title: "Celemek dapur", unit: "buah", category: "rumah-tangga", price: 35_000, tiers: []tier{{20, 30_000}}, mode: inStock, quantity: 120, lead: 3, grams: 180,
		description: "Kanvas tebal, tali bisa diatur, satu saku besar di depan.",
		facts:       "Bahan: kanvas\nUkuran: 65 x 80 cm"},
	{shop: "S06", art: "p23-tas-belanja-kain", title: "Tas belanja kain", unit: "buah", category: "rumah-tangga", price: 18_000, tiers: []tier{{50, 15_000}}, mode: inStock, quantity: 250, lead: 3, grams: 120,
		description: "Muat belanja dua hari. Dilipat jadi sekecil dompet.",
		facts:       "Bahan: blacu tebal\nUkuran: 38 x 42 cm"},
	{shop: "S07", art: "p24-tas-rajut", title: "Tas rajut", unit: "buah", category: "rajut", price: 85_000, tiers: []tier{{20, 72_000}}, mode: inStock, quantity: 60, lead: 5, grams: 350,
		description: "Benang katun tebal, furing di dalam, tali bahu kuat.",
		facts:       "Bahan: benang katun, furing kain\nUkuran: 30 x 28 cm", variants: []variant{{name: "Merah bata", price: 85_000, stock: 24}, {name: "Biru laut", price: 85_000, stock: 20}, {name: "Hijau daun", price: 85_000, stock: 16}}},
	{shop: "S07", art: "p25-taplak-rajut", title: "Taplak rajut", unit: "buah", category: "rajut", price: 110_000, tiers: []tier{{10, 98_000}}, mode: perMonth, quantity: 20, lead: 12, grams: 500,
		description: "Motif kipas, garis tengah 90 cm. Satu taplak dua minggu.",
		facts:       "Bahan: benang katun\nGaris tengah: 90 cm"},
	{shop: "S08", art: "p29-batik-tulis", title: "Batik tulis 2 meter", unit: "lembar", category: "kriya", price: 275_000, tiers: []tier{{10, 250_000}}, mode: inStock, quantity: 20, lead: 3, grams: 350,
		description: "Malam ditorehkan tangan, pewarna alam. Tiap lembar sedikit berbeda.",
		facts:       "Bahan: katun primisima\nUkuran: 2 x 1,05 meter\nPerawatan: cuci tangan, jemur di tempat teduh"},
	{shop: "S08", art: "p30-ukiran-kayu", title: "Ukiran kayu", unit: "buah", category: "kriya", price: 300_000, mode: perMonth, quantity: 8, lead: 14, grams: 2_000,
		description: "Kayu jati sisa bangunan, ukiran sulur, siap digantung.",
		facts:       "Bahan: jati bekas bangunan\nUkuran: 40 x 25 cm"},
	{shop: "S08", art: "p31-sapu-ijuk", title: "Sapu ijuk", unit: "buah", category: "rumah-tangga", price: 22_000, tiers: []tier{{40, 18_000}}, mode: inStock, quantity: 300, lead: 2, grams: 700,
		description: "Ijuk dipilih yang panjang, diikat rapat. Gagang kayu halus.",
		facts:       "Bahan: ijuk, gagang kayu\nPanjang: 110 cm", size: [3]int64{110, 12, 6}},
	{shop: "S08", art: "p32-keset-perca", title: "Keset perca", unit: "buah", category: "rumah-tangga", price: 15_000, tiers: []tier{{50, 12_000}}, mode: inStock, quantity: 300, lead: 2, grams: 400,
		description: "Kain sisa konveksi, tebal, menyerap air. Warna campur.",
		facts:       "Bahan: kain perca\nUkuran: 40 x 60 cm"},
	{shop: "S09", art: "p33-tas-rajut-anyam", title: "Tas rajut anyam", unit: "buah", category: "rajut", price: 145_000, tiers: []tier{{10, 130_000}}, mode: perMonth, quantity: 35, lead: 10, grams: 450,
		description: "Perpaduan rajut dan anyam, ada kancing kayu.",
		facts:       "Bahan: benang katun, kancing kayu\nUkuran: 34 x 30 cm"},
	{shop: "S09", art: "p34-boneka-rajut", title: "Boneka rajut pajangan", unit: "buah", category: "rajut", price: 75_000, tiers: []tier{{12, 66_000}}, mode: perMonth, quantity: 40, lead: 8, grams: 200,
		description: "Pajangan untuk dewasa, bukan mainan anak. Tinggi 22 cm.",
		facts:       "Untuk: pajangan orang dewasa, bukan mainan\nTinggi: 22 cm"},
	{shop: "S09", art: "p36-syal-rajut", title: "Syal rajut", unit: "buah", category: "rajut", price: 90_000, tiers: []tier{{12, 80_000}}, mode: perMonth, quantity: 30, lead: 8, grams: 250,
		description: "Benang akrilik lembut, panjang 160 cm.",
		facts:       "Bahan: akrilik\nPanjang: 160 cm", variants: []variant{{name: "Krem", price: 90_000}, {name: "Abu-abu", price: 90_000}, {name: "Merah marun", price: 90_000}}},
	{shop: "S10", art: "p37-bakul-bambu", title: "Bakul bambu", unit: "buah", category: "anyaman", price: 35_000, tiers: []tier{{20, 30_000}}, mode: inStock, quantity: 60, lead: 4, grams: 400, pickupOnly: true,
		description: "Untuk nasi sepuluh orang. Bambu tua, tidak mudah berjamur.",
		facts:       "Bahan: bambu tali\nGaris tengah: 32 cm"},
	{shop: "S10", art: "p38-besek-hantaran", title: "Besek hantaran", unit: "buah", category: "anyaman", price: 6_500, tiers: []tier{{100, 5_000}}, mode: inStock, quantity: 500, lead: 5, grams: 80, pickupOnly: true,
		description: "18 × 18 cm, pasang tutupnya pas. Enak dilihat tanpa plastik.",
		facts:       "Bahan: bambu\nUkuran: 18 x 18 cm, dengan tutup"},
	{shop: "S10", art: "p39-tampah", title: "Tampah", unit: "buah", category: "anyaman", price: 28_000, tiers: []tier{{20, 24_000}}, mode: inStock, quantity: 60, lead: 4, grams: 500, pickupOnly: true,
		description: "Garis tengah 50 cm, bingkai rotan.",
		facts:       "Bahan: bambu, bingkai rotan\nGaris tengah: 50 cm"},
	{shop: "S11", art: "p40-rak-besi-tanaman", title: "Rak besi tanaman", unit: "buah", category: "besi", price: 165_000, tiers: []tier{{10, 150_000}}, mode: perMonth, quantity: 25, lead: 6, grams: 6_000,
		description: "Tiga susun, tinggi 90 cm, cat hitam dua kali. Kuat untuk pot semen.",
		facts:       "Bahan: besi hollow\nUkuran: 60 x 25 x 90 cm", size: [3]int64{62, 27, 20}},
	{shop: "S13", art: "p44-keripik-tempe", title: "Keripik tempe", unit: "bungkus 250 g", category: "camilan", price: 17_000, tiers: []tier{{40, 14_500}}, mode: inStock, quantity: 900, lead: 2, grams: 280,
		description: "Tipis seperti kertas, bumbu ketumbar dan daun jeruk.", composition: "kedelai, tepung beras, bumbu",
		net: 250, shelf: 90, storage: kering, packaging: "Plastik aluminium bersegel", pirt: true, halal: true, kind: catalog.UnitPack},
	{shop: "S13", art: "p45-keripik-pisang", title: "Keripik pisang", unit: "bungkus 250 g", category: "camilan", price: 16_000, tiers: []tier{{40, 13_500}}, mode: inStock, quantity: 700, lead: 2, grams: 280,
		description: "Pisang kepok tua, manisnya asli.",
		composition: "pisang kepok, minyak kelapa, gula, garam", net: 250, shelf: 90, storage: kering, packaging: "Plastik aluminium bersegel", pirt: true, endsIn: 25, halal: true, kind: catalog.UnitPack},
	{shop: "S13", art: "p46-rempeyek", title: "Rempeyek", unit: "bungkus 200 g", category: "camilan", price: 14_000, tiers: []tier{{40, 12_000}}, mode: inStock, quantity: 600, lead: 2, grams: 230,
		description: "Kacang penuh sampai pinggir.", composition: "kacang tanah, tepung beras, santan, bumbu",
		net: 200, shelf: 60, storage: kering, packaging: "Plastik aluminium bersegel", pirt: true, halal: true, kind: catalog.UnitPack},
	{shop: "S15", art: "p49-keranjang-koran", title: "Keranjang koran daur ulang", unit: "buah", category: "kriya", price: 48_000, tiers: []tier{{12, 42_000}}, mode: perMonth, quantity: 50, lead: 6, grams: 500,
		description: "Koran digulung, dianyam, dilapisi tiga kali. Kuat untuk buah dan majalah.",
		facts:       "Bahan: koran bekas, lapisan tahan air\nUkuran: 28 x 20 x 16 cm"},
	{shop: "S15", art: "p50-gantungan-kunci-kain", title: "Gantungan kunci kain", unit: "buah", category: "kriya", price: 8_000, tiers: []tier{{100, 6_000}}, mode: inStock, quantity: 1_000, lead: 3, grams: 20, stage: waiting,
		description: "Kain perca, isi dakron, ring besi. Cocok untuk suvenir.",
		facts:       "Bahan: kain perca, dakron, ring besi"},
	{shop: "S01", art: "p04-hampers", title: "Hampers tiga toples", unit: "keranjang", category: "kue-kering", price: 175_000, tiers: []tier{{10, 165_000}}, mode: perMonth, quantity: 60, lead: 7, grams: 2_300,
		description: "Nastar, kastengel dan putri salju dalam keranjang anyam berpita. Kartu ucapan ditulis tangan, isinya dari Anda.",
		composition: "terigu, mentega, telur, keju, nanas, kacang mete, gula, susu", net: 1_500, shelf: 60, storage: kering, packaging: "Tiga toples dalam keranjang", pirt: true, halal: true, size: [3]int64{38, 16, 22}},
	{shop: "S03", art: "p11-paket-wedang", title: "Paket wedang", unit: "isi 5 sachet", category: "minuman", price: 12_000, tiers: []tier{{50, 10_000}}, mode: inStock, quantity: 400, lead: 2, grams: 120,
		description: "Lima rasa rempah untuk oleh-oleh, menyembuhkan masuk angin.", stage: draft, kind: catalog.UnitPack},
	{shop: "S04", art: "p12-jahit-rompi-pelampung", title: "Jahit rompi pelampung sesuai spesifikasi pembeli", unit: "buah", category: "jahitan-seragam", price: 0, mode: catalog.ModeQuote, quantity: 260, lead: 20, grams: 900, least: 50,
		description: "Kami menjahit menurut gambar dan bahan yang Anda tentukan; sertifikat kapal tetap pada pemesan. Sampai 260 buah sebulan, mulai Rp39.000 untuk 200 buah.", facts: "Pekerjaan: jasa jahit menurut spesifikasi pembeli\nBahan: dari pembeli atau kami belikan"},
	{shop: "S04", art: "p15-jaket-pelampung", title: "Jaket pelampung dewasa", unit: "buah", category: "jahitan-seragam", price: 95_000, mode: perMonth, quantity: 40, lead: 10, grams: 900,
		description: "Jaket pelampung oranye untuk nelayan.", stage: refused,
		note: "Jaket pelampung untuk keselamatan wajib diuji dan bersertifikat BTKP sebelum dijual (PM 49/2021). Bisa diterima kalau sertifikatnya ada; menjahit menurut spesifikasi pembeli boleh tanpa itu."},
	{shop: "S05", art: "p17-seragam-kantor", title: "Seragam kantor setelan", unit: "set", category: "jahitan-seragam", price: 185_000, mode: catalog.ModeQuote, quantity: 40, lead: 21, grams: 700, least: 6, kind: catalog.UnitSet,
		description: "Kemeja dan celana atau rok, ukuran per orang, bordir nama kalau perlu. Harga menurut bahan; 12 set ke atas Rp172.000.", facts: "Bahan: dipilih bersama\nUkuran: per orang"},
	{shop: "S06", art: "p20-seragam-olahraga", title: "Seragam olahraga setelan", unit: "set", category: "jahitan-seragam", price: 125_000, mode: catalog.ModeQuote, quantity: 150, lead: 21, grams: 450, least: 10, kind: catalog.UnitSet,
		description: "Kaos dan celana olahraga, warna sekolah, nomor punggung. 30 set ke atas Rp118.000.", facts: "Bahan: dri-fit atau katun\nUkuran: S sampai XXL"},
	{shop: "S07", art: "p26-kue-basah", title: "Kue basah kotak", unit: "kotak isi 5", category: "camilan", price: 15_000, tiers: []tier{{30, 13_000}}, mode: perMonth, quantity: 400, lead: 1, grams: 350, pickupOnly: true, kind: catalog.UnitBox,
		description: "Dibuat pagi, diambil siang. Lemper, kue lapis, dadar gulung, apem, klepon.", composition: "beras ketan, santan, ayam, tepung beras, gula, terigu, telur", net: 300, shelf: 1, storage: "Habiskan hari itu juga.", packaging: "Kotak kertas", unasked: true, stage: waiting},
	{shop: "S07", art: "p27-laundry", title: "Laundry per kilogram", unit: "kg", category: "jasa", price: 6_000, tiers: []tier{{50, 5_000}}, mode: perMonth, quantity: 900, lead: 2, grams: 1_000, least: 5, service: true, pickupOnly: true, kind: catalog.UnitKilo,
		description: "Cuci, kering, setrika. Antar dan ambil di koperasi karya."},
	{shop: "S07", art: "p28-las-pagar", title: "Las pagar dan rak", unit: "pekerjaan", category: "jasa", price: 0, mode: catalog.ModeQuote, quantity: 6, lead: 15, grams: 20_000, service: true, kind: catalog.UnitJob,
		description: "Pagar, rak, kanopi kecil menurut ukuran Anda. Kirim gambar atau foto tempatnya."},
	{shop: "S09", art: "p35-sepatu-bayi", title: "Sepatu bayi rajut", unit: "pasang", category: "rajut", price: 45_000, mode: perMonth, quantity: 20, lead: 8, grams: 90, stage: refused, kind: catalog.UnitPair,
		description: "Sepatu rajut untuk bayi sampai satu tahun.", note: "Pakaian bayi 0 sampai 36 bulan, sepatu rajut juga, wajib SNI 7617. Bisa diterima kalau ada sertifikatnya."},
	{shop: "S11", art: "p41-jasa-las", title: "Jasa las panggilan", unit: "pekerjaan", category: "jasa", price: 0, mode: catalog.ModeQuote, quantity: 20, lead: 3, grams: 1_000, service: true, kind: catalog.UnitJob,
		description: "Pagar lepas, engsel patah, kanopi goyang: kami datang dengan alatnya, di dalam Kota Kediri."},
	{shop: "S12", art: "p42-laundry-kiloan", title: "Laundry kiloan", unit: "kg", category: "jasa", price: 7_000, tiers: []tier{{20, 6_000}}, mode: perMonth, quantity: 700, lead: 2, grams: 1_000, least: 3, service: true, kind: catalog.UnitKilo,
		description: "Dijemput, ditimbang di depan Anda, diantar terlipat. Pewangi boleh pilih."},
	{shop: "S12", art: "p43-cuci-karpet", title: "Cuci karpet", unit: "meter persegi", category: "jasa", price: 12_000, mode: perMonth, quantity: 150, lead: 4, grams: 2_000, least: 2, service: true, kind: catalog.UnitSquare,
		description: "Disedot, disikat, dibilas, dijemur sampai kering betul."},
	{shop: "S14", art: "p47-abon-ikan", title: "Abon ikan", unit: "bungkus 100 g", category: "camilan", price: 32_000, tiers: []tier{{20, 28_500}}, mode: inStock, quantity: 90, lead: 3, grams: 120, kind: catalog.UnitPack,
		description: "Tongkol suwir, disangrai pelan sampai kering.", composition: "ikan tongkol, bawang merah, gula, minyak kelapa", net: 100, shelf: 60, storage: kering, packaging: "Plastik aluminium bersegel", pirt: true,
		pending: "Sertifikat halal sedang diurus, nomor pendaftaran CONTOH-SH-47", stage: suspended, note: "Sertifikat halal belum ada, padahal wajib sejak 18 Oktober 2026. Begitu ada nomornya, kami tayangkan lagi."},
	{shop: "S14", art: "p48-sambal", title: "Sambal basah botol", unit: "botol 150 ml", category: "camilan", price: 27_000, mode: inStock, quantity: 60, lead: 3, grams: 300, stage: refused, kind: catalog.UnitBottle,
		description: "Sambal basah pasteurisasi, pedas segar.", note: "Sambal basah yang dipasteurisasi perlu izin edar BPOM MD, tidak cukup P-IRT (PerBPOM 4/2024). Bisa diterima dengan izin itu."},
}
