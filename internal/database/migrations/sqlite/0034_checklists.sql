-- What a curator looks at is data: checklists in versions, answered item by item,
-- with pins on the pictures (package curation). The notes of earlier rounds become
-- answers.
-- +goose Up
CREATE TABLE checklists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    archived BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE checklist_versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    checklist_id BIGINT NOT NULL REFERENCES checklists (id),
    number BIGINT NOT NULL CHECK (number > 0),
    categories TEXT NOT NULL DEFAULT '',        -- slugs with a space between; '' for every category that no other checklist serves
    state TEXT NOT NULL CHECK (state IN ('draft', 'published')),
    edition BIGINT NOT NULL DEFAULT 1,          -- counts the changes of a draft, so that two editors do not overwrite each other
    created_by BIGINT NOT NULL DEFAULT 0,       -- users.id; 0 for the system, so no foreign key
    created_at TIMESTAMP NOT NULL,
    published_by BIGINT NOT NULL DEFAULT 0,     -- users.id; 0 for the system and for a draft
    published_at TIMESTAMP,
    UNIQUE (checklist_id, number),
    CHECK ((state = 'published') = (published_at IS NOT NULL))
);
-- one draft at a time
CREATE UNIQUE INDEX checklist_versions_draft ON checklist_versions (checklist_id) WHERE state = 'draft';

CREATE TABLE checklist_items (
    version_id BIGINT NOT NULL REFERENCES checklist_versions (id),
    position BIGINT NOT NULL CHECK (position > 0),
    key TEXT NOT NULL CHECK (key <> ''),        -- the same question keeps its key through all versions
    aspect TEXT NOT NULL CHECK (aspect IN ('photo', 'packaging', 'label', 'name', 'price', 'capacity', 'legal')),
    question TEXT NOT NULL CHECK (question <> ''),
    help TEXT NOT NULL DEFAULT '',              -- for the curator
    lesson TEXT NOT NULL DEFAULT '',            -- slug of a lesson for the maker
    PRIMARY KEY (version_id, key)
);

ALTER TABLE review_rounds ADD COLUMN checklist_version_id BIGINT NOT NULL DEFAULT 0; -- checklist_versions.id, fixed at the first claim; 0 before it and in rounds older than checklists
ALTER TABLE review_rounds ADD COLUMN first_claimed_at TIMESTAMP;

CREATE TABLE review_answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    round_id BIGINT NOT NULL REFERENCES review_rounds (id),
    item_key TEXT NOT NULL CHECK (item_key <> ''),
    aspect TEXT NOT NULL CHECK (aspect IN ('photo', 'packaging', 'label', 'name', 'price', 'capacity', 'legal')),
    question TEXT NOT NULL,                     -- as it was asked; '' in rounds older than checklists
    lesson TEXT NOT NULL DEFAULT '',
    verdict TEXT NOT NULL CHECK (verdict IN ('fine', 'improve', 'not_applicable', 'waived')),
    comment TEXT NOT NULL DEFAULT '',
    updated_at TIMESTAMP NOT NULL,
    UNIQUE (round_id, item_key)
);

CREATE TABLE review_pins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    answer_id BIGINT NOT NULL REFERENCES review_answers (id),
    picture_id BIGINT NOT NULL REFERENCES pictures (id),
    x BIGINT NOT NULL CHECK (x BETWEEN 0 AND 1000), -- thousandths of the picture's width
    y BIGINT NOT NULL CHECK (y BETWEEN 0 AND 1000), -- and height
    number BIGINT NOT NULL CHECK (number > 0)   -- within the round
);
CREATE INDEX review_pins_answer ON review_pins (answer_id);

INSERT INTO review_answers (round_id, item_key, aspect, question, verdict, comment, updated_at)
    SELECT round_id, aspect || CASE WHEN place = 1 THEN '' ELSE '-' || place END, aspect, '', 'improve', body, created_at
    FROM (SELECT n.*, ROW_NUMBER() OVER (PARTITION BY round_id, aspect ORDER BY id) AS place FROM review_notes n) numbered
    ORDER BY id;
DROP TABLE review_notes;

INSERT INTO checklists (name, created_at) VALUES
    ('Makanan dan minuman', '2026-11-22 00:00:00+00:00'),
    ('Jahitan, rajutan, dan kerajinan', '2026-11-22 00:00:00+00:00'),
    ('Jasa', '2026-11-22 00:00:00+00:00'),
    ('Semua yang lain', '2026-11-22 00:00:00+00:00');
INSERT INTO checklist_versions (checklist_id, number, categories, state, created_at, published_at)
    SELECT id, 1, CASE name WHEN 'Makanan dan minuman' THEN 'kue-kering camilan minuman' WHEN 'Jahitan, rajutan, dan kerajinan' THEN 'jahitan-seragam rajut anyaman kriya' WHEN 'Jasa' THEN 'jasa' ELSE '' END, 'published', '2026-11-22 00:00:00+00:00', '2026-11-22 00:00:00+00:00' FROM checklists ORDER BY id;
INSERT INTO checklist_items (version_id, position, key, aspect, question, help)
    SELECT v.id, i.position, i.key, i.aspect, i.question, i.help
    FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id JOIN (
        SELECT 1 AS position, 'photo-clear' AS key, 'photo' AS aspect, 'Apakah foto pertama terang, tajam, dan produknya memenuhi gambar?' AS question, 'Lihat di layar ponsel: warna makanan harus seperti aslinya, tanpa bayangan tangan.' AS help UNION ALL
        SELECT 2, 'photo-inside', 'photo', 'Apakah ada foto isi dan foto label dari dekat?', 'Pembeli ingin melihat kuenya dan membaca labelnya sendiri.' UNION ALL
        SELECT 3, 'photo-people', 'photo', 'Jika ada orang di foto, apakah ia sudah mengizinkan secara tertulis?', 'Foto tanpa izin diminta ganti. Pilih tidak berlaku bila tidak ada orang.' UNION ALL
        SELECT 4, 'packaging-closed', 'packaging', 'Apakah kemasan tertutup rapat, bersegel, dan tanpa staples?', 'Staples bisa ikut termakan. Segel plastik atau stiker tutup sudah cukup.' UNION ALL
        SELECT 5, 'packaging-travel', 'packaging', 'Apakah kemasan kuat untuk dikirim dan menjaga produk tetap baik?', 'Bayangkan tiga hari perjalanan: remuk, bocor, lembap.' UNION ALL
        SELECT 6, 'packaging-look', 'packaging', 'Apakah kemasan menarik dan pantas untuk harganya?', 'Kemasan yang lebih baik bisa menaikkan harga. Sebutkan contoh yang terjangkau.' UNION ALL
        SELECT 7, 'label-name-net', 'label', 'Apakah label menyebut nama produk, berat bersih, serta nama dan alamat usaha?', 'Alamat usaha cukup desa dan kecamatan bila dapurnya di rumah.' UNION ALL
        SELECT 8, 'label-composition', 'label', 'Apakah komposisi lengkap dan alergennya jelas?', 'Terigu, telur, susu, kacang, kedelai, ikan, dan udang harus disebut.' UNION ALL
        SELECT 9, 'label-dates', 'label', 'Apakah tanggal kedaluwarsa, kode produksi, dan cara menyimpan tertulis?', '' UNION ALL
        SELECT 10, 'name-clear', 'name', 'Apakah nama menyebut barangnya dan ukurannya, tanpa kata berlebihan?', 'Contoh: Nastar klasik 400 g.' UNION ALL
        SELECT 11, 'name-claims', 'name', 'Apakah keterangannya jujur dan tanpa janji kesehatan?', 'Kata seperti menyembuhkan atau mencegah penyakit harus dihapus.' UNION ALL
        SELECT 12, 'price-fair', 'price', 'Apakah harga menutup bahan, kemasan, dan upah, dan wajar di samping produk serupa?', '' UNION ALL
        SELECT 13, 'capacity-real', 'capacity', 'Apakah jumlah dan lama membuat sesuai tenaga dan alat yang ada?', 'Ingat pesanan yang sedang berjalan dan hari libur.' UNION ALL
        SELECT 14, 'legal-licence', 'legal', 'Apakah izin edarnya (P-IRT atau BPOM) cocok dengan jenis pangan dan dapurnya?', 'Pangan kering tahan lebih dari tujuh hari dari dapur rumah: P-IRT. Steril, pasteurisasi, atau beku: BPOM.' UNION ALL
        SELECT 15, 'legal-halal', 'legal', 'Apakah sertifikat halal berlaku, atau tertulis tidak halal?', 'Wajib sejak 18 Oktober 2026.'
    ) i ON c.name = 'Makanan dan minuman';
INSERT INTO checklist_items (version_id, position, key, aspect, question, help)
    SELECT v.id, i.position, i.key, i.aspect, i.question, i.help
    FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id JOIN (
        SELECT 1 AS position, 'photo-clear' AS key, 'photo' AS aspect, 'Apakah foto pertama terang, tajam, dan produknya memenuhi gambar?' AS question, 'Latar polos. Warna kain harus seperti aslinya.' AS help UNION ALL
        SELECT 2, 'photo-detail', 'photo', 'Apakah ada foto jahitan, bahan, atau pengerjaan dari dekat?', 'Mutu pengerjaan terlihat dari dekat.' UNION ALL
        SELECT 3, 'photo-people', 'photo', 'Jika ada orang di foto, apakah ia sudah mengizinkan secara tertulis?', 'Foto tanpa izin diminta ganti. Pilih tidak berlaku bila tidak ada orang.' UNION ALL
        SELECT 4, 'packaging-travel', 'packaging', 'Apakah cara mengemas menjaga barang tetap bersih, kering, dan tidak patah?', '' UNION ALL
        SELECT 5, 'packaging-look', 'packaging', 'Apakah kemasan dan gantungan labelnya pantas untuk harganya?', 'Kartu kecil dengan nama pembuat sering cukup.' UNION ALL
        SELECT 6, 'label-size', 'label', 'Apakah ukuran, bahan, dan cara merawat tertulis?', 'Baju: ukuran dalam sentimeter. Kain: serat dan cara mencuci.' UNION ALL
        SELECT 7, 'name-clear', 'name', 'Apakah nama menyebut barangnya dan ukurannya, tanpa kata berlebihan?', 'Contoh: Tas rajut 30 × 25 cm.' UNION ALL
        SELECT 8, 'name-story', 'name', 'Apakah keterangannya menjawab yang ditanyakan pembeli, dengan kata pembuat sendiri?', '' UNION ALL
        SELECT 9, 'price-fair', 'price', 'Apakah harga menutup bahan dan jam kerja, dan wajar di samping produk serupa?', '' UNION ALL
        SELECT 10, 'capacity-real', 'capacity', 'Apakah jumlah dan lama membuat sesuai tenaga dan alat yang ada?', '' UNION ALL
        SELECT 11, 'legal-standard', 'legal', 'Jika untuk bayi, mainan anak, atau keselamatan, apakah sertifikatnya ada?', 'Baju bayi: SNI 7617. Jaket pelampung sebagai alat keselamatan: BTKP.' UNION ALL
        SELECT 12, 'legal-marks', 'legal', 'Apakah gambar, logo, dan motifnya milik sendiri atau boleh dipakai?', 'Logo klub, tokoh film, dan merek orang lain tidak boleh.'
    ) i ON c.name = 'Jahitan, rajutan, dan kerajinan';
INSERT INTO checklist_items (version_id, position, key, aspect, question, help)
    SELECT v.id, i.position, i.key, i.aspect, i.question, i.help
    FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id JOIN (
        SELECT 1 AS position, 'photo-work' AS key, 'photo' AS aspect, 'Apakah foto menunjukkan hasil kerja sendiri, terang dan tajam?' AS question, '' AS help UNION ALL
        SELECT 2, 'photo-people', 'photo', 'Jika ada orang di foto, apakah ia sudah mengizinkan secara tertulis?', 'Foto tanpa izin diminta ganti. Pilih tidak berlaku bila tidak ada orang.' UNION ALL
        SELECT 3, 'name-scope', 'name', 'Apakah jelas apa yang dikerjakan, apa yang tidak, dan siapa yang menyediakan bahan?', '' UNION ALL
        SELECT 4, 'name-area', 'name', 'Apakah tempat atau wilayah pengerjaannya jelas?', '' UNION ALL
        SELECT 5, 'price-fair', 'price', 'Apakah harga dan satuannya jelas, menutup upah dan ongkos, dan wajar?', 'Misalnya per kilogram, per meter, atau minta harga.' UNION ALL
        SELECT 6, 'capacity-real', 'capacity', 'Apakah kesanggupan dan lama pengerjaannya masuk akal?', '' UNION ALL
        SELECT 7, 'legal-permit', 'legal', 'Jika pekerjaannya perlu izin atau sertifikat, apakah ada?', 'Misalnya juru las untuk bangunan. Pilih tidak berlaku bila tidak perlu.'
    ) i ON c.name = 'Jasa';
INSERT INTO checklist_items (version_id, position, key, aspect, question, help)
    SELECT v.id, i.position, i.key, i.aspect, i.question, i.help
    FROM checklist_versions v JOIN checklists c ON c.id = v.checklist_id JOIN (
        SELECT 1 AS position, 'photo-clear' AS key, 'photo' AS aspect, 'Apakah foto pertama terang, tajam, dan produknya memenuhi gambar?' AS question, '' AS help UNION ALL
        SELECT 2, 'photo-detail', 'photo', 'Apakah ada foto dari sisi lain dan dari dekat?', '' UNION ALL
        SELECT 3, 'photo-people', 'photo', 'Jika ada orang di foto, apakah ia sudah mengizinkan secara tertulis?', 'Foto tanpa izin diminta ganti. Pilih tidak berlaku bila tidak ada orang.' UNION ALL
        SELECT 4, 'packaging-travel', 'packaging', 'Apakah kemasan menjaga barang sampai di tangan pembeli?', '' UNION ALL
        SELECT 5, 'label-use', 'label', 'Apakah ukuran, bahan, dan cara memakai tertulis?', 'Barang yang bisa melukai perlu peringatan.' UNION ALL
        SELECT 6, 'name-clear', 'name', 'Apakah nama menyebut barangnya dan ukurannya, tanpa kata berlebihan?', '' UNION ALL
        SELECT 7, 'name-story', 'name', 'Apakah keterangannya menjawab yang ditanyakan pembeli?', '' UNION ALL
        SELECT 8, 'price-fair', 'price', 'Apakah harga menutup bahan dan upah, dan wajar di samping produk serupa?', '' UNION ALL
        SELECT 9, 'capacity-real', 'capacity', 'Apakah jumlah dan lama membuat sesuai tenaga dan alat yang ada?', '' UNION ALL
        SELECT 10, 'legal-standard', 'legal', 'Jika barangnya wajib berizin atau ber-SNI, apakah buktinya ada?', ''
    ) i ON c.name = 'Semua yang lain';

-- +goose StatementBegin
CREATE TRIGGER checklist_versions_no_update BEFORE UPDATE ON checklist_versions WHEN OLD.state = 'published'
BEGIN SELECT RAISE(ABORT, 'a published checklist never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_versions_no_delete BEFORE DELETE ON checklist_versions WHEN OLD.state = 'published'
BEGIN SELECT RAISE(ABORT, 'a published checklist never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_items_fixed_insert BEFORE INSERT ON checklist_items WHEN EXISTS (SELECT 1 FROM checklist_versions v WHERE v.id = NEW.version_id AND v.state = 'published')
BEGIN SELECT RAISE(ABORT, 'a published checklist never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_items_fixed_update BEFORE UPDATE ON checklist_items WHEN EXISTS (SELECT 1 FROM checklist_versions v WHERE v.id = OLD.version_id AND v.state = 'published')
    OR EXISTS (SELECT 1 FROM checklist_versions v WHERE v.id = NEW.version_id AND v.state = 'published')
BEGIN SELECT RAISE(ABORT, 'a published checklist never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checklist_items_fixed_delete BEFORE DELETE ON checklist_items WHEN EXISTS (SELECT 1 FROM checklist_versions v WHERE v.id = OLD.version_id AND v.state = 'published')
BEGIN SELECT RAISE(ABORT, 'a published checklist never changes'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_answers_sealed_insert BEFORE INSERT ON review_answers WHEN EXISTS (SELECT 1 FROM review_rounds r WHERE r.id = NEW.round_id AND r.outcome <> 'waiting')
BEGIN SELECT RAISE(ABORT, 'the answers of a decided round never change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_answers_sealed_update BEFORE UPDATE ON review_answers WHEN EXISTS (SELECT 1 FROM review_rounds r WHERE r.id = OLD.round_id AND r.outcome <> 'waiting')
    OR EXISTS (SELECT 1 FROM review_rounds r WHERE r.id = NEW.round_id AND r.outcome <> 'waiting')
BEGIN SELECT RAISE(ABORT, 'the answers of a decided round never change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_answers_sealed_delete BEFORE DELETE ON review_answers WHEN EXISTS (SELECT 1 FROM review_rounds r WHERE r.id = OLD.round_id AND r.outcome <> 'waiting')
BEGIN SELECT RAISE(ABORT, 'the answers of a decided round never change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_pins_sealed_insert BEFORE INSERT ON review_pins WHEN EXISTS (SELECT 1 FROM review_answers a JOIN review_rounds r ON r.id = a.round_id WHERE a.id = NEW.answer_id AND r.outcome <> 'waiting')
BEGIN SELECT RAISE(ABORT, 'the pins of a decided round never change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_pins_sealed_update BEFORE UPDATE ON review_pins WHEN EXISTS (SELECT 1 FROM review_answers a JOIN review_rounds r ON r.id = a.round_id WHERE a.id = OLD.answer_id AND r.outcome <> 'waiting')
    OR EXISTS (SELECT 1 FROM review_answers a JOIN review_rounds r ON r.id = a.round_id WHERE a.id = NEW.answer_id AND r.outcome <> 'waiting')
BEGIN SELECT RAISE(ABORT, 'the pins of a decided round never change'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_pins_sealed_delete BEFORE DELETE ON review_pins WHEN EXISTS (SELECT 1 FROM review_answers a JOIN review_rounds r ON r.id = a.round_id WHERE a.id = OLD.answer_id AND r.outcome <> 'waiting')
BEGIN SELECT RAISE(ABORT, 'the pins of a decided round never change'); END;
-- +goose StatementEnd

-- +goose Down
CREATE TABLE review_notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    round_id BIGINT NOT NULL REFERENCES review_rounds (id),
    aspect TEXT NOT NULL CHECK (aspect IN ('photo', 'packaging', 'label', 'name', 'price', 'capacity', 'legal')),
    body TEXT NOT NULL CHECK (body <> ''),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX review_notes_round ON review_notes (round_id);
INSERT INTO review_notes (round_id, aspect, body, created_at)
    SELECT a.round_id, a.aspect, a.comment, a.updated_at FROM review_answers a JOIN review_rounds r ON r.id = a.round_id
    WHERE a.verdict = 'improve' AND a.comment <> '' AND r.outcome <> 'waiting' ORDER BY a.id;
DROP TABLE review_pins;
DROP TABLE review_answers;
ALTER TABLE review_rounds DROP COLUMN first_claimed_at;
ALTER TABLE review_rounds DROP COLUMN checklist_version_id;
DROP TABLE checklist_items;
DROP TABLE checklist_versions;
DROP TABLE checklists;
-- +goose StatementBegin
CREATE TRIGGER review_notes_no_update BEFORE UPDATE ON review_notes
BEGIN SELECT RAISE(ABORT, 'review_notes is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER review_notes_no_delete BEFORE DELETE ON review_notes
BEGIN SELECT RAISE(ABORT, 'review_notes is append-only'); END;
-- +goose StatementEnd
