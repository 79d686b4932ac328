package advice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/curation/advice"
)

func TestClaimsOfHealth(t *testing.T) {
	for sentence, want := range map[string]string{
		// promises
		"Jahe merah menyembuhkan segala penyakit":              "menyembuhkan",
		"Bisa mengobati maag":                                  "mengobati",
		"MENYEMBUHKAN!!!":                                      "menyembuhkan",
		"Ｍｅｎｙｅｍｂｕｈｋａｎ luka dalam":                              "menyembuhkan",
		"obat diabetes alami":                                  "obat diabetes",
		"Obat untuk penderita kencing manis":                   "penderita kencing manis",
		"anti kanker dan tumor":                                "anti kanker",
		"Antikanker, antioksidan":                              "antikanker",
		"anti-kanker":                                          "anti kanker",
		"100% ampuh":                                           "ampuh",
		"terbukti ampuh mengatasi asam urat":                   "mengatasi asam urat",
		"Kunyit ini menurunkan kolesterol":                     "menurunkan kolesterol",
		"menurunkan kadar gula darah dengan cepat":             "menurunkan kadar gula",
		"Mencegah stroke sejak dini":                           "mencegah stroke",
		"meredakan batuk dan pilek":                            "meredakan batuk",
		"Meringankan nyeri sendi di pagi hari":                 "meringankan nyeri sendi",
		"baik untuk jantung":                                   "baik untuk jantung",
		"aman untuk penderita diabetes":                        "aman untuk penderita diabetes",
		"Wedang pereda masuk angin":                            "pereda masuk angin",
		"meningkatkan daya tahan tubuh":                        "meningkatkan daya tahan tubuh",
		"Khasiatnya sudah dikenal":                             "khasiatnya",
		"berkhasiat tinggi":                                    "berkhasiat",
		"teh pelangsing tanpa diet":                            "pelangsing",
		"cepat menurunkan berat badan":                         "menurunkan berat badan",
		"detoks usus":                                          "detoks",
		"memperlancar ASI ibu menyusui":                        "memperlancar asi",
		"Mujarab, sudah turun-temurun":                         "mujarab",
		"jamu asam urat":                                       "jamu asam urat",
		"minyak untuk melancarkan peredaran darah":             "melancarkan peredaran darah",
		"sabun menghilangkan jerawat":                          "menghilangkan jerawat",
		"Bukan hanya mengobati batuk":                          "mengobati",
		"tidak cuma menyembuhkan flu":                          "menyembuhkan",
		"Tanpa pengawet, menyembuhkan maag":                    "menyembuhkan",
		"Rasanya tidak pahit. Menyembuhkan flu":                "menyembuhkan",
		"obat herbal warisan nenek":                            "obat herbal",
		"obat kuat pria":                                       "obat kuat",
		"menyembuhkannya dalam tiga hari":                      "menyembuhkannya",
		"Terapi asam lambung di rumah":                         "terapi asam lambung",
		"Bebas kolesterol":                                     "bebas kolesterol",
		"cocok untuk semua yang mengidap apa pun, cegah covid": "cegah covid",
		// none
		"Obat nyamuk bakar dari sereh":                                 "",
		"Kotak obat dari anyaman bambu":                                "",
		"Tas obat rajut":                                               "",
		"Tempat obat untuk batuk":                                      "",
		"Pot tanaman obat keluarga":                                    "",
		"Kue ini mengobati rindu kampung halaman":                      "",
		"obat kangen masakan ibu":                                      "",
		"Bukan obat dan tidak menyembuhkan penyakit":                   "",
		"tidak untuk mengobati":                                        "",
		"Kartu ucapan: semoga lekas sembuh":                            "",
		"Sabun cuci, ampuh membersihkan kerak":                         "",
		"ampuh menghilangkan noda minyak":                              "",
		"Sapu ijuk ampuh mengusir debu":                                "",
		"Hangat di badan, cocok untuk malam hujan":                     "",
		"Dua sendok, air panas, aduk. Tanpa pewarna.":                  "",
		"Keripik jantung pisang":                                       "",
		"Menjaga kerenyahan sampai dua bulan":                          "",
		"mencegah karat pada besi":                                     "",
		"anti air dan anti kusut":                                      "",
		"Boneka rajut anti gatal":                                      "",
		"rendah gula, manisnya pas":                                    "",
		"Sehat dan bergizi":                                            "",
		"Berkah untuk keluarga":                                        "",
		"Ampunilah kesalahan kami":                                     "",
		"Jahe, gula aren, sereh, cengkih":                              "",
		"menurunkan harga untuk pesanan banyak":                        "",
		"Mengurangi sampah plastik":                                    "",
		"aman untuk anak":                                              "",
		"cocok untuk hadiah":                                           "",
		"Menghilangkan bau di lemari":                                  "",
		"Bantal bentuk jantung, isi dakron":                            "",
		"Belum tentu menyembuhkan":                                     "",
		"Dijahit oleh ibu-ibu yang sudah pandai":                       "",
		"Kain bebas gatal untuk bayi":                                  "",
		"Stroke kuas pada batik ini halus":                             "",
		"":                                                             "",
		"🌶️🌶️🌶️":                                                       "",
		"obat":                                                         "",
		"Diabetes: tanyakan dahulu kepada dokter sebelum makan manis.": "",
	} {
		got := strings.Join(advice.Claims(sentence), " | ")
		if want == "" {
			require.Empty(t, got, sentence)
		} else {
			require.Contains(t, got, want, sentence)
		}
	}
}

func TestPrivateThings(t *testing.T) {
	for sentence, want := range map[string]string{
		// private
		"Ambil di Jl. Mawar 12":                 "address",
		"jl mawar no 3":                         "address",
		"Jln. Raya Kebonagung":                  "address",
		"Alamat Jalan Melati Nomor 5, Pasuruan": "address",
		"Rumah kami di JALAN KENANGA":           "address",
		"di jalan melati indah no. 7":           "address",
		"jalan raya serang km 5":                "address",
		"masuk Gg. Buntu":                       "address",
		"gg 3 belakang masjid":                  "address",
		"Gang Kelinci sebelah warung":           "address",
		"RT 004/RW 001":                         "address",
		"rt.4 rw.1 desa Sukamaju":               "address",
		"RT/RW 003/002":                         "address",
		"RW 05":                                 "address",
		"Dusun Krajan":                          "address",
		"dsn. sumber":                           "address",
		"Dukuh Ngemplak":                        "address",
		"Perum Griya Asri blok C3 nomor 7":      "address",
		"Blok A-12":                             "address",
		"kompleks Permata":                      "address",
		"rumah nomor 12 cat hijau":              "address",
		"Alamat: depan balai desa No. 9":        "address",
		"WA 0812-3456-7890":                     "phone",
		"hubungi 081234567890 ya":               "phone",
		"+62 812 3456 7890":                     "phone",
		"6281234567890":                         "phone",
		"0812.3456.7890":                        "phone",
		"telepon (0343) 421234":                 "phone",
		"NIK 3514012345678901":                  "identity",
		"3514 0123 4567 8901":                   "identity",
		"351401-234567-8901":                    "identity",
		"lihat https://contoh.example/toko":     "link",
		"www.dapurwening.id":                    "link",
		"shopee.co.id/dapurwening":              "link",
		"pesan lewat wa.me/62":                  "link",
		"bit.ly/kuekering":                      "link",
		"IG: dapurwening":                       "link",
		"ikuti @dapur.wening":                   "link",
		"juga ada di Tokopedia":                 "link",
		"surel wening@contoh.com":               "link",
		"Ｊｌ． Mawar":                             "address",
		"Jl. Mawar 12 RT 1, WA 081234567890, ig: dapurwening": "address phone link",
		// public
		"Desa Sukamaju, Kecamatan Bangil":                "",
		"Dibuat di Kabupaten Pasuruan":                   "",
		"Ukuran sepatu No. 38":                           "",
		"Mesin jahit nomor 12":                           "",
		"nomor 1 di hati":                                "",
		"Tas untuk jalan-jalan":                          "",
		"Kaus Jalan Santai":                              "",
		"sepanjang jalan kenangan":                       "",
		"Suasana dusun yang asri":                        "",
		"tetangga di gang sebelah":                       "",
		"Rp25.000 isi 30.000 gram, 10.000-20.000-30.000": "",
		"P-IRT 2123514010123-28":                         "",
		"Barcode 8998765432109":                          "",
		"@Rp5.000 per buah":                              "",
		"@ 10 buah":                                      "",
		"Panjang 80 cm, lebar 120 cm, tinggi 150 cm":     "",
		"Isi 12, rata-rata 25 g":                         "",
		"kartu grafis, mart, art, sport":                 "",
		"produk UMKM. Com pang-camping":                  "",
		"Tahan 30 hari. Simpan di tempat sejuk":          "",
		"Foto bersama di depan balai desa":               "",
		"Telur ayam kampung Pasuruan":                    "",
		"Kombinasi warna block merah":                    "",
		"2026-11-22 sampai 2026-12-31":                   "",
		"10 x 20 x 30":                                   "",
		"Rumah adat, nomor satu":                         "",
		"Kompleks rasanya":                               "",
		"":                                               "",
		"😀":                                              "",
	} {
		var kinds []string
		for _, f := range advice.Private(sentence) {
			kinds = append(kinds, f.Kind)
			require.NotEmpty(t, f.Text, sentence)
		}
		require.Equal(t, want, strings.Join(kinds, " "), sentence)
	}
	for sentence, want := range map[string]string{
		"Ambil di Jl. Mawar 12, Bangil":           "Jl. Mawar 12",
		"NIK 3514012345678901":                    "16 angka seperti NIK",
		"Hubungi 0812-3456-7890 (Bu Wening)":      "0812-3456-7890",
		"Dusun " + strings.Repeat("Panjang ", 20): "Dusun Panjang Panjang Panjang Panjang Pa",
	} {
		found := advice.Private(sentence)
		require.Len(t, found, 1, sentence)
		require.Equal(t, want, found[0].Text)
	}
}
