-- Short lessons for makers, and answers that curators use again (package curation).
-- The first ones come with the program; staff change them as they like.
-- +goose Up
CREATE TABLE lessons (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
    title TEXT NOT NULL CHECK (title <> ''),
    summary TEXT NOT NULL DEFAULT '',
    published BOOLEAN NOT NULL DEFAULT FALSE,   -- makers read it
    version BIGINT NOT NULL DEFAULT 1 CHECK (version > 0), -- one more with every change, so that none is written over unread
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE lesson_parts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lesson_id BIGINT NOT NULL REFERENCES lessons (id),
    position BIGINT NOT NULL,
    heading TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '',              -- a paragraph a line; lines that begin with "- " are a list
    picture_id BIGINT REFERENCES pictures (id),
    drawing TEXT NOT NULL DEFAULT '',           -- static/img/pelajaran/NAME.svg, shown while there is no picture
    alt TEXT NOT NULL DEFAULT '',               -- what the picture or drawing shows
    CHECK (heading <> '' OR body <> '' OR drawing <> '' OR picture_id IS NOT NULL),
    CHECK (alt <> '' OR (drawing = '' AND picture_id IS NULL))
);
CREATE INDEX lesson_parts_lesson ON lesson_parts (lesson_id);

CREATE TABLE saved_answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    aspect TEXT NOT NULL CHECK (aspect <> ''),
    title TEXT NOT NULL CHECK (title <> ''),
    body TEXT NOT NULL CHECK (body <> ''),
    retired BOOLEAN NOT NULL DEFAULT FALSE,     -- no longer offered
    used BIGINT NOT NULL DEFAULT 0 CHECK (used >= 0), -- how often it was taken into a comment
    created_by BIGINT NOT NULL,                 -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

INSERT INTO lessons (slug, title, summary, published, created_by, created_at, updated_at) VALUES
    ('foto-dekat-jendela', 'Foto bagus dari dekat jendela', 'Cukup HP, jendela, dan kain polos. Sepuluh menit jadi.', TRUE, 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('kemasan-tanpa-staples', 'Kemasan rapat tanpa staples', 'Staples bisa ikut tergigit. Begini gantinya, mulai dari yang paling murah.', TRUE, 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('berat-bersih-dan-kedaluwarsa', 'Berat bersih dan kedaluwarsa di label', 'Dua tulisan yang paling sering kurang, dan cara menghitungnya.', TRUE, 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('menulis-alergen', 'Menulis alergen dengan benar', 'Sebagian orang bisa sesak napas karena telur atau kacang. Tulisan kecil ini menyelamatkan.', TRUE, 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('nama-yang-menjual', 'Nama yang membuat orang ingin membeli', 'Nama yang baik menjawab tiga pertanyaan: apa, rasa apa, seberapa banyak.', TRUE, 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('menghitung-harga', 'Menghitung harga dari biaya', 'Supaya tenaga Anda ikut dibayar, bukan hanya bahannya.', TRUE, 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('mulai-halal-dan-p-irt', 'Halal dan P-IRT: mulai dari mana', 'Urutannya, apa yang perlu disiapkan, dan mana yang gratis.', TRUE, 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00');

INSERT INTO lesson_parts (lesson_id, position, heading, body, drawing, alt) VALUES
    ((SELECT id FROM lessons WHERE slug = 'foto-dekat-jendela'), 1, 'Cari cahaya dari samping', 'Taruh meja di dekat jendela, pagi atau sore. Cahaya datang dari samping, bukan dari belakang produk.
Matikan lampu dan jangan pakai blitz: keduanya membuat warna kuning dan bayangan keras.
Taruh kertas putih di sisi yang gelap, supaya bayangannya lembut.', 'jendela', 'Meja di dekat jendela: cahaya dari kiri, toples di tengah, kertas putih di kanan, HP di depan.'),
    ((SELECT id FROM lessons WHERE slug = 'foto-dekat-jendela'), 2, 'Latar polos', 'Pakai satu kain atau karton polos: putih, krem, atau kayu. Singkirkan piring kotor, kabel, dan taplak bergambar.
Produk harus jadi yang paling terang dan paling besar.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'foto-dekat-jendela'), 3, 'Lima foto yang ditunggu pembeli', '- Seluruh kemasan dari depan, tegak lurus.
- Isinya dari dekat, supaya kelihatan teksturnya.
- Label yang tulisannya terbaca.
- Ukurannya, misalnya di telapak tangan atau di samping gelas.
- Bagian belakang atau jahitan dalamnya.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'foto-dekat-jendela'), 4, 'Sebelum menekan tombol', '- Lap lensa HP dengan kain bersih.
- Sentuh produk di layar sampai gambarnya tajam.
- Pegang HP dengan dua tangan, siku menempel badan.
- Lihat hasilnya: kalau goyang atau gelap, ulangi sekarang juga.', '', '');

INSERT INTO lesson_parts (lesson_id, position, heading, body, drawing, alt) VALUES
    ((SELECT id FROM lessons WHERE slug = 'kemasan-tanpa-staples'), 1, 'Mengapa tidak boleh', 'Isi staples bisa lepas, masuk ke makanan, dan melukai pembeli. Lubangnya membuat kerupuk dan kue cepat lembek.
Tali karet juga tidak rapat.', 'kemasan', 'Kiri: plastik ditutup staples, diberi tanda silang. Kanan: plastik ditutup rapat dengan panas, diberi tanda benar.'),
    ((SELECT id FROM lessons WHERE slug = 'kemasan-tanpa-staples'), 2, 'Gantinya', '- Toples berulir dengan segel plastik di tutupnya.
- Plastik tebal yang direkatkan dengan sealer. Sealer tangan banyak dipakai bergantian di kelompok usaha: tanyakan pendamping.
- Standing pouch dengan klip, tetap direkatkan di atas klipnya.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'kemasan-tanpa-staples'), 3, 'Uji sebelum dijual', '- Tekan kemasan yang sudah ditutup: tidak boleh ada angin keluar.
- Balikkan dan goyang: tidak ada remah atau tetes keluar.
- Simpan satu bungkus sepuluh hari, lalu buka. Kalau masih renyah, kemasannya cukup.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'kemasan-tanpa-staples'), 4, 'Supaya tiba utuh', 'Kue kering dan peyek pecah di jalan kalau bergerak. Isi sampai penuh, ganjal dengan kertas bersih, lalu kardus yang pas.', '', '');

INSERT INTO lesson_parts (lesson_id, position, heading, body, drawing, alt) VALUES
    ((SELECT id FROM lessons WHERE slug = 'berat-bersih-dan-kedaluwarsa'), 1, 'Apa saja yang harus ada di label', '- Nama produk
- Bahan, dari yang paling banyak
- Berat bersih
- Nama dan alamat usaha
- Nomor P-IRT atau izin lain
- Tanggal atau kode produksi
- Baik digunakan sebelum
- Tanda halal bila sudah bersertifikat, dan tulisan alergen', 'label', 'Contoh label dengan nama, bahan, berat bersih, alamat usaha, nomor P-IRT, kode produksi, tanggal kedaluwarsa, dan tulisan alergen.'),
    ((SELECT id FROM lessons WHERE slug = 'berat-bersih-dan-kedaluwarsa'), 2, 'Menimbang berat bersih', 'Berat bersih adalah isinya saja, tanpa toples dan plastik.
- Timbang kemasan kosong, misalnya 60 gram.
- Timbang setelah diisi, misalnya 312 gram.
- Berat bersihnya 252 gram. Tulis: Berat bersih 250 g.
Timbang beberapa bungkus. Tidak boleh ada yang kurang dari yang tertulis.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'berat-bersih-dan-kedaluwarsa'), 3, 'Menentukan tanggal kedaluwarsa', 'Simpan beberapa bungkus di suhu ruang. Buka satu setiap minggu: cium, rasakan, lihat jamur dan minyak tengik. Catat tanggal saat mulai berubah, lalu ambil tanggal yang lebih awal, misalnya dua pertiganya.
Tulis lengkap: Baik digunakan sebelum 12 03 2027. Tulisannya harus tidak mudah hilang kalau tersentuh air.', 'kedaluwarsa', 'Sudut label dari dekat: Berat bersih 250 gram, Baik digunakan sebelum 12 03 2027, Kode produksi 1211.'),
    ((SELECT id FROM lessons WHERE slug = 'berat-bersih-dan-kedaluwarsa'), 4, 'Tidak perlu cetak sendiri', 'Kalau isian produk di Toko saya sudah lengkap, labelnya bisa dibuat dari sana. Tanyakan pendamping bila tidak punya printer.', '', '');

INSERT INTO lesson_parts (lesson_id, position, heading, body, drawing, alt) VALUES
    ((SELECT id FROM lessons WHERE slug = 'menulis-alergen'), 1, 'Bahan yang harus disebut', '- Gandum dan tepung terigu
- Telur
- Susu, keju, mentega
- Kacang tanah
- Kedelai, kecap, tempe
- Kacang pohon: mete, almond, kenari
- Ikan
- Udang, kepiting, dan sejenisnya
- Sulfit, bila dipakai sebagai pengawet', 'alergen', 'Gambar gandum, telur, susu, kacang tanah, kedelai, ikan, dan udang dengan namanya.'),
    ((SELECT id FROM lessons WHERE slug = 'menulis-alergen'), 2, 'Cara menulisnya', 'Tulis di bawah bahan, dengan kata yang dikenal pembeli:
Mengandung alergen: gandum, telur, susu.
Di dalam daftar bahan, cetak tebal bahan yang mengandung alergen.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'menulis-alergen'), 3, 'Bahan yang tersembunyi', 'Margarin sering mengandung susu. Kecap dibuat dari kedelai dan gandum. Terasi dibuat dari udang. Baca label bahan yang Anda beli.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'menulis-alergen'), 4, 'Dapur yang sama', 'Kalau wajan atau loyang yang sama dipakai untuk kacang, tulis: Dibuat di dapur yang juga mengolah kacang tanah.
Kalau resep berubah, beri tahu petugas: label dan halalnya dilihat lagi.', '', '');

INSERT INTO lesson_parts (lesson_id, position, heading, body, drawing, alt) VALUES
    ((SELECT id FROM lessons WHERE slug = 'nama-yang-menjual'), 1, 'Apa, rasa apa, seberapa banyak', 'Bandingkan: "Kue enak murah" dan "Nastar Nanas, toples 500 g".
Yang kedua langsung jelas, dan ditemukan orang yang mencari "nastar".', 'nama', 'Dua kartu produk. Kiri tertulis Kue enak, diberi tanda silang. Kanan tertulis Nastar Nanas toples 500 gram, diberi tanda benar.'),
    ((SELECT id FROM lessons WHERE slug = 'nama-yang-menjual'), 2, 'Yang perlu dihindari', '- Huruf besar semua dan tanda seru.
- "Termurah", "nomor satu", "asli seratus persen": tidak bisa dibuktikan.
- Janji kesehatan seperti "menyembuhkan" atau "menurunkan gula": untuk makanan tidak boleh.
- Nama merek orang lain.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'nama-yang-menjual'), 3, 'Tambahkan asal yang membanggakan', 'Nama desa, cara membuat, atau bahan daerah membuat produk berbeda: "Jahe Merah Instan Ngebel", "Batik Tulis Pring Sedapur".
Nama dan cerita orang hanya ditulis kalau orangnya mengizinkan.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'nama-yang-menjual'), 4, 'Coba baca keras-keras', 'Bacakan kepada tetangga. Kalau ia bisa menebak isinya tanpa melihat, namanya sudah baik.', '', '');

INSERT INTO lesson_parts (lesson_id, position, heading, body, drawing, alt) VALUES
    ((SELECT id FROM lessons WHERE slug = 'menghitung-harga'), 1, 'Lima biaya', '- Bahan: semua yang habis terpakai.
- Kemasan dan label.
- Gas, listrik, dan air.
- Upah Anda sendiri: jam kerja kali upah sejam.
- Susut dan gagal: biasanya lima sampai sepuluh dari seratus.', 'harga', 'Tumpukan lima biaya: bahan, kemasan, gas dan listrik, upah, susut, lalu keuntungan di atasnya sampai harga jual.'),
    ((SELECT id FROM lessons WHERE slug = 'menghitung-harga'), 2, 'Contoh: 20 toples kue', '- Bahan Rp260.000
- Toples dan label Rp70.000
- Gas dan listrik Rp20.000
- Upah 8 jam kali Rp15.000 = Rp120.000
- Susut Rp30.000
Jumlahnya Rp500.000. Dibagi 20 toples: Rp25.000 setoples.
Tambah untung seperlima, Rp5.000. Harga jual Rp30.000.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'menghitung-harga'), 3, 'Bandingkan', 'Lihat tiga produk sejenis di Lapak Berdaya. Kalau Anda jauh lebih murah, barangkali upah Anda belum dihitung. Kalau jauh lebih mahal, tunjukkan bedanya: bahan, ukuran, atau kemasan.
Seorang pembuat kue menaikkan harga dari Rp10.000 menjadi lebih dari Rp60.000 sebungkus setelah kemasan dan mutunya diperbaiki.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'menghitung-harga'), 4, 'Harga grosir', 'Untuk pesanan banyak, yang boleh turun hanya untungnya. Biaya tetap harus tertutup.', '', '');

INSERT INTO lesson_parts (lesson_id, position, heading, body, drawing, alt) VALUES
    ((SELECT id FROM lessons WHERE slug = 'mulai-halal-dan-p-irt'), 1, 'Urutannya', '- NIB: nomor usaha, gratis, dari HP di oss.go.id dengan KTP.
- Penyuluhan keamanan pangan dari dinas kesehatan.
- P-IRT: untuk makanan kering buatan rumah yang tahan lebih dari tujuh hari di suhu ruang.
- Sertifikat halal: wajib untuk makanan dan minuman sejak 18 Oktober 2026.
Yang mengandung bahan tidak halal tetap boleh dijual, dengan tulisan tidak halal.', 'izin', 'Empat langkah berurutan: NIB, penyuluhan, P-IRT, halal.'),
    ((SELECT id FROM lessons WHERE slug = 'mulai-halal-dan-p-irt'), 2, 'Yang disiapkan', '- KTP dan nomor HP.
- Daftar semua bahan dengan mereknya, dan foto labelnya.
- Cara membuat, dari awal sampai dikemas.
- Foto dapur dan alatnya.
- Contoh label.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'mulai-halal-dan-p-irt'), 3, 'Halal gratis', 'Usaha kecil dengan bahan dan cara membuat yang sederhana bisa memakai jalur pernyataan pelaku usaha (self declare) lewat program SEHATI selama kuotanya masih ada. Ada pendamping halal yang memeriksa dapur. Tanyakan dinas atau pendamping Anda.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'mulai-halal-dan-p-irt'), 4, 'Yang bukan P-IRT', '- Makanan beku, susu, daging olahan, dan yang disterilkan atau dipasteurisasi: izinnya dari BPOM.
- Makanan siap santap yang habis dalam beberapa hari: tidak perlu P-IRT.
- Dapur yang bukan rumah sendiri, misalnya di lembaga: tanyakan dulu ke dinas kesehatan.', '', ''),
    ((SELECT id FROM lessons WHERE slug = 'mulai-halal-dan-p-irt'), 5, 'Catat tanggalnya', 'Simpan foto sertifikat di Toko saya, bagian Izin. Anda diingatkan sebelum masanya habis. Kalau bahan berubah, halalnya perlu diperiksa lagi.', '', '');

INSERT INTO saved_answers (aspect, title, body, created_by, created_at, updated_at) VALUES
    ('photo', 'Foto gelap', 'Fotonya masih gelap. Coba foto lagi di dekat jendela pada pagi hari, tanpa lampu dan tanpa blitz.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('photo', 'Foto buram', 'Fotonya belum tajam, jadi pembeli tidak bisa melihat isinya. Lap lensa HP, sentuh produk di layar, lalu foto lagi dengan dua tangan.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('photo', 'Latar ramai', 'Latar di belakang produk masih ramai. Pakai kain atau karton polos supaya produk Anda yang terlihat lebih dulu.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('packaging', 'Staples', 'Kemasan masih ditutup staples. Isinya bisa lepas dan melukai pembeli. Tutup dengan sealer atau pakai toples bersegel.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('packaging', 'Kurang rapat', 'Kemasan belum rapat, jadi isinya cepat lembek. Rekatkan dengan panas, lalu tekan untuk memastikan tidak ada angin keluar.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('label', 'Berat bersih belum ada', 'Label belum menyebut berat bersih. Timbang isinya tanpa kemasan, lalu tulis misalnya: Berat bersih 250 g.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('label', 'Kedaluwarsa belum ada', 'Label belum menyebut tanggal kedaluwarsa. Tulis: Baik digunakan sebelum, lalu tanggal, bulan, dan tahun.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('label', 'Alergen belum disebut', 'Bahan Anda mengandung alergen yang belum disebut di label. Tambahkan satu baris: Mengandung alergen, lalu nama bahannya.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('name', 'Nama terlalu umum', 'Namanya masih terlalu umum. Sebutkan apa, rasanya, dan ukurannya, misalnya: Nastar Nanas, toples 500 g.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('name', 'Janji kesehatan', 'Ada kata yang menjanjikan kesembuhan. Untuk makanan itu tidak boleh. Ceritakan rasanya dan cara meminumnya saja.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('price', 'Harga terlalu rendah', 'Harganya jauh di bawah produk sejenis. Apakah upah Anda sudah dihitung? Mari hitung lagi bersama pendamping.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('capacity', 'Jumlah perlu dipastikan', 'Jumlah sebulan terlihat besar untuk satu orang. Berapa yang sanggup Anda buat tanpa terburu-buru?', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('legal', 'Nomor P-IRT belum diisi', 'Makanan kering dalam kemasan memerlukan P-IRT. Isi nomornya di Toko saya, bagian Izin. Kalau belum punya, pendamping membantu mengurus.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00'),
    ('legal', 'Halal', 'Makanan dan minuman wajib bersertifikat halal sejak 18 Oktober 2026. Kirim nomor dan fotonya, atau tulis bahwa produk ini tidak halal.', 0, '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00');

-- +goose Down
DROP TABLE saved_answers;
DROP TABLE lesson_parts;
DROP TABLE lessons;
