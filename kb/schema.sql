-- The registry of one data directory. Times are UTC, ISO 8601 with six decimals, so that they sort as text.
-- A row of documents, sources or derived is current while until_sequence is NULL; rows are never deleted.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- The journal: a batch that is "begun" when nobody owns the data was cut short and is undone on the next open.
CREATE TABLE batches (
  sequence INTEGER PRIMARY KEY,
  what TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'undone')),
  begun_at TEXT NOT NULL,
  ended_at TEXT
) STRICT;

CREATE TABLE documents (
  revision INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  language TEXT NOT NULL,
  title TEXT,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  counts TEXT NOT NULL,
  tool_version TEXT NOT NULL,
  original TEXT NOT NULL,
  text TEXT NOT NULL,
  facts TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  from_sequence INTEGER NOT NULL,
  seal TEXT NOT NULL,
  invalidated_at TEXT,
  until_sequence INTEGER
) STRICT;
CREATE UNIQUE INDEX documents_current ON documents (id) WHERE until_sequence IS NULL;
CREATE INDEX documents_id ON documents (id, from_sequence);

CREATE TABLE sources (
  entry INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  source TEXT NOT NULL,
  document TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  from_sequence INTEGER NOT NULL,
  seal TEXT NOT NULL,
  invalidated_at TEXT,
  until_sequence INTEGER
) STRICT;
CREATE UNIQUE INDEX sources_current ON sources (key) WHERE until_sequence IS NULL;
CREATE INDEX sources_document ON sources (document, from_sequence);

CREATE TABLE derived (
  revision INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  facts TEXT NOT NULL,
  rows TEXT NOT NULL,
  counts TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  from_sequence INTEGER NOT NULL,
  seal TEXT NOT NULL,
  invalidated_at TEXT,
  until_sequence INTEGER
) STRICT;
CREATE UNIQUE INDEX derived_current ON derived (name) WHERE until_sequence IS NULL;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  lease_until TEXT,
  attempts INTEGER NOT NULL,
  request TEXT NOT NULL,
  progress TEXT NOT NULL,
  result TEXT
) STRICT;
CREATE INDEX jobs_state ON jobs (state, created_at);

-- Append-only: digest covers the row and the digest before it; the triggers stop mistakes, the chain shows tampering.
CREATE TABLE audit (
  entry INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous TEXT NOT NULL,
  digest TEXT NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object, entry);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
