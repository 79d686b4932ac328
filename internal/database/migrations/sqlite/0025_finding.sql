-- Finding happens in memory (package catalog/index): the tokens of products are
-- no longer stored. What searches also look for is decided by staff, and products
-- keep the addresses they once had.
-- +goose Up
DROP TABLE product_tokens;

CREATE TABLE synonyms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    words TEXT NOT NULL CHECK (words <> ''),    -- with commas between: a search for any of them finds all of them
    finds TEXT NOT NULL DEFAULT ''              -- and what is found by these as well, not the other way round
);
INSERT INTO synonyms (words, finds) VALUES
    ('kastengel, kaasstengels, kastengels, kastangel, kastangels, castengel, castangel, kaastengel', ''),
    ('nastar, nestar, kue nanas', ''),
    ('keripik, kripik, kripiks, ceriping', ''),
    ('rempeyek, peyek', ''),
    ('pelampung, life jacket, life vest, lifejacket, lifevest, jaket pelampung, rompi pelampung, baju pelampung', ''),
    ('rompi, vest', 'pelampung'),
    ('jaket, jacket', 'rompi, pelampung'),
    ('putri salju, puteri salju, snow cookies', ''),
    ('semprit, kue semprit, kue semprot, spritz', ''),
    ('lidah kucing, katetong', ''),
    ('rengginang, ranginang, rangginang', ''),
    ('wedang, minuman hangat, jamu', 'jahe, kunyit'),
    ('jahe, ginger', ''),
    ('kunyit, kunir, turmeric', ''),
    ('bubuk, instan, serbuk, powder', ''),
    ('abon, floss', ''),
    ('hampers, hamper, parsel, parcel, bingkisan', ''),
    ('kado, hadiah, gift', 'hampers, bingkisan, boneka, batik, ukiran, gantungan kunci'),
    ('oleh oleh, buah tangan, cendera mata, cenderamata, suvenir, souvenir', 'keripik, rempeyek, rengginang, jahe, abon, gantungan kunci, batik'),
    ('lebaran, idul fitri, hari raya, hantaran', 'nastar, kastengel, putri salju, semprit, hampers'),
    ('kue lebaran, kue kering, cookies, kukis, kuker', ''),
    ('camilan, cemilan, snack, jajanan, makanan ringan', ''),
    ('seragam, uniform', 'setelan'),
    ('olahraga, olah raga, sport, training', ''),
    ('sekolah, sd, smp, sma', 'seragam'),
    ('kantor, kerja, dinas', ''),
    ('kaos, kaus, t shirt, tshirt', ''),
    ('celemek, apron', ''),
    ('masker, penutup mulut, mask', ''),
    ('mukena, mukenah, rukuh', ''),
    ('rajut, rajutan, crochet, knitting, knit', ''),
    ('syal, selendang, scarf', ''),
    ('boneka, doll, amigurumi', ''),
    ('taplak, alas meja', ''),
    ('keset, kesed, doormat', ''),
    ('sapu ijuk, sapu aren', ''),
    ('besek, boks bambu', ''),
    ('tampah, nyiru, tampi', ''),
    ('bakul, wakul, cething', ''),
    ('keranjang, basket', ''),
    ('daur ulang, recycle, upcycle', ''),
    ('gantungan kunci, ganci, keychain', ''),
    ('ukiran, ukir, pahatan', ''),
    ('tas, bag', ''),
    ('kedap air, tahan air, anti air, waterproof, dry bag, drybag', ''),
    ('rak, shelf', ''),
    ('las, pengelasan, bengkel las, welding', ''),
    ('laundry, londri, laundri, cuci baju, cuci pakaian, penatu', 'cuci'),
    ('karpet, permadani, carpet', '');

CREATE TABLE product_addresses (
    slug TEXT NOT NULL PRIMARY KEY CHECK (slug <> ''), -- no longer the product's, and never another's
    product_id BIGINT NOT NULL REFERENCES products (id)
);
CREATE INDEX product_addresses_product ON product_addresses (product_id);

-- +goose Down
DROP TABLE product_addresses;
DROP TABLE synonyms;
CREATE TABLE product_tokens (
    product_id BIGINT NOT NULL REFERENCES products (id),
    token TEXT NOT NULL CHECK (token <> ''),
    PRIMARY KEY (product_id, token)
);
CREATE INDEX product_tokens_token ON product_tokens (token);
