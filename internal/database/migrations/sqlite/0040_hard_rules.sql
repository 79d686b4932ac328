-- The switches of the hard rules, what each approval was measured with, and the
-- kind of kitchen that food is made in (package catalog).
-- +goose Up
ALTER TABLE revision_labels ADD COLUMN kitchen TEXT NOT NULL DEFAULT '' CHECK (kitchen IN ('', 'home', 'rented', 'institution'));

CREATE TABLE rule_switches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL CHECK (rule <> ''),      -- one of catalog.HardRules
    mode TEXT NOT NULL CHECK (mode IN ('block', 'warn', 'off')),
    holds_from TIMESTAMP NOT NULL,
    source TEXT NOT NULL DEFAULT '',            -- the law, in place of the built-in words
    note TEXT NOT NULL DEFAULT '',              -- one more sentence for whoever has to meet the rule
    reason TEXT NOT NULL CHECK (reason <> ''),
    form_key TEXT NOT NULL UNIQUE CHECK (form_key <> ''),
    set_by BIGINT NOT NULL,                     -- users.id; 0 for the system, so no foreign key
    set_at TIMESTAMP NOT NULL,
    CHECK (holds_from >= set_at)                -- the past stays as it was
);
CREATE INDEX rule_switches_rule ON rule_switches (rule, id);

CREATE TABLE rule_checks (
    revision_id BIGINT NOT NULL PRIMARY KEY REFERENCES revisions (id),
    upto BIGINT NOT NULL,                       -- the newest rule_switches.id that was known; 0 for none
    checked_at TIMESTAMP NOT NULL
);

CREATE TABLE rule_check_lines (
    revision_id BIGINT NOT NULL REFERENCES rule_checks (revision_id),
    rule TEXT NOT NULL,
    what TEXT NOT NULL,                         -- what the rule asks for: "net", "pirt", "kitchen"
    mode TEXT NOT NULL CHECK (mode IN ('block', 'warn', 'off')),
    met BOOLEAN NOT NULL,
    certificate_id BIGINT NOT NULL DEFAULT 0,   -- certificates.id that met it; 0 when the label did, or nothing
    PRIMARY KEY (revision_id, rule, what),
    CHECK (mode <> 'block' OR met),             -- what blocks is never approved
    CHECK (met OR certificate_id = 0)
);

-- +goose Down
DROP TABLE rule_check_lines;
DROP TABLE rule_checks;
DROP TABLE rule_switches;
ALTER TABLE revision_labels DROP COLUMN kitchen;
