-- Times are microseconds since 1970 in UTC. Keys are the first 16 bytes of a SHA-256 or a UUID. Tenants, channels,
-- accounts, purposes, topics and schemes are numbers from `name`; an account of 0 is none.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Raised at each open: a lease of an older epoch is nobody's.
INSERT INTO meta (key, value) VALUES ('epoch', 0);

CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- The hot row of a part. The rowid is the order of arrival, which is the order of a lane.
-- state: 0 ready, 1 waiting behind another part of its lane, 2 leased, 3 ambiguous, 4 parked,
-- 10 accepted, 11 cancelled, 12 dead. Below 10 a part holds its lane.
CREATE TABLE part (
    id INTEGER PRIMARY KEY,
    message BLOB NOT NULL,
    idx INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    due INTEGER NOT NULL,
    expires INTEGER,
    lane INTEGER,
    tenant INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    account INTEGER NOT NULL,
    purpose INTEGER NOT NULL,
    topic INTEGER,
    address BLOB NOT NULL,
    subject TEXT,
    conversation TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Claims in a row that ended without a settlement of theirs.
    unsettled INTEGER NOT NULL DEFAULT 0,
    -- The last claim, until it is settled. It outlives its lease.
    lease_epoch INTEGER,
    lease INTEGER,
    lease_until INTEGER,
    progress INTEGER NOT NULL DEFAULT 0,
    stop INTEGER,
    accepted_at INTEGER,
    finished_at INTEGER,
    scheme INTEGER,
    provider_id TEXT,
    -- A JSON array.
    further_ids TEXT,
    note TEXT,
    -- JSON.
    failure TEXT
) STRICT;

CREATE UNIQUE INDEX part_id ON part (message, idx);
CREATE INDEX part_ready ON part (channel, account, priority, due) WHERE state = 0;
CREATE INDEX part_lane ON part (lane) WHERE lane IS NOT NULL AND state < 10;
CREATE INDEX part_leased ON part (lease_until) WHERE state = 2;
CREATE INDEX part_kept ON part (state, message, idx) WHERE state IN (3, 4, 11, 12);
CREATE INDEX part_address ON part (tenant, address, accepted_at);
CREATE INDEX part_subject ON part (tenant, subject, accepted_at) WHERE subject IS NOT NULL;
CREATE INDEX part_conversation ON part (tenant, conversation) WHERE conversation IS NOT NULL;
CREATE INDEX part_topic ON part (tenant, topic) WHERE topic IS NOT NULL;

CREATE TABLE body (
    part INTEGER PRIMARY KEY REFERENCES part (id) ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;

-- Idempotency keys: of tenant and key.
CREATE TABLE idem (
    key BLOB PRIMARY KEY,
    digest BLOB NOT NULL,
    message BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which part a provider knows by an id: of tenant, scheme and id.
CREATE TABLE receipt (
    key BLOB PRIMARY KEY,
    part INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Statuses that came before the part was settled.
CREATE TABLE early (
    key BLOB PRIMARY KEY,
    progress INTEGER NOT NULL,
    stop INTEGER,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Inbound keys; `until` is the end of the lease, none when it was worked on.
CREATE TABLE inbound (
    key BLOB PRIMARY KEY,
    until INTEGER,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger. Each digest is that of the digest before and the event.
CREATE TABLE consent_event (
    seq INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    address BLOB NOT NULL,
    subject TEXT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;

CREATE INDEX consent_event_address ON consent_event (tenant, address, at);
CREATE INDEX consent_event_subject ON consent_event (tenant, subject) WHERE subject IS NOT NULL;

-- What the events of an address add up to. `refused` is 1 when anything is refused; `last` is the time of the newest event.
CREATE TABLE consent_address (
    tenant INTEGER NOT NULL,
    address BLOB NOT NULL,
    refused INTEGER NOT NULL,
    last INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (tenant, address)
) STRICT, WITHOUT ROWID;

-- What the events that name a person add up to. `refused` is 1 when everything is refused.
CREATE TABLE consent_person (
    tenant INTEGER NOT NULL,
    subject TEXT NOT NULL,
    refused INTEGER NOT NULL,
    last INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (tenant, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE turn (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    at INTEGER NOT NULL,
    turn TEXT NOT NULL
) STRICT;

CREATE INDEX turn_conversation ON turn (tenant, conversation, at);

CREATE TABLE conversation (
    tenant INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    last_inbound INTEGER,
    handed_off INTEGER NOT NULL DEFAULT 0,
    answers BLOB,
    PRIMARY KEY (tenant, conversation)
) STRICT, WITHOUT ROWID;

CREATE TABLE trace (
    id INTEGER PRIMARY KEY,
    trace BLOB NOT NULL,
    seq INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    at INTEGER NOT NULL,
    digest BLOB NOT NULL,
    line BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX trace_seq ON trace (trace, seq);
CREATE INDEX trace_tenant ON trace (tenant, at, trace) WHERE seq = 0;

-- Links that hold. The rowid is the order of recording.
CREATE TABLE identity (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    address BLOB NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    link TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX identity_address ON identity (tenant, address, subject);
CREATE INDEX identity_subject ON identity (tenant, subject);
