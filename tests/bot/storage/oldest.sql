-- A store as revision 0001 left it, with a little of everything. Never changed: newer programs must read it.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	guild VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	actor VARCHAR NOT NULL, 
	actor_name VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT fk_audit_guild FOREIGN KEY(guild) REFERENCES guilds (id)
);
INSERT INTO "audit" VALUES(1,'guild','setting','1','Ann',1767323045678901,'{}');
CREATE TABLE ballots (
	id INTEGER NOT NULL, 
	session INTEGER NOT NULL, 
	parent INTEGER, 
	opener VARCHAR NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	opened BIGINT, 
	closes BIGINT, 
	extended BOOLEAN NOT NULL, 
	latest_candidate BIGINT, 
	winner INTEGER, 
	drawn BOOLEAN NOT NULL, 
	CONSTRAINT pk_ballots PRIMARY KEY (id), 
	CONSTRAINT fk_ballots_session_parent FOREIGN KEY(session, parent) REFERENCES passages (session, id), 
	CONSTRAINT fk_ballots_id_winner FOREIGN KEY(id, winner) REFERENCES candidates (ballot, passage), 
	CONSTRAINT ck_ballots_open_has_times CHECK (state <> 'open' OR (opened IS NOT NULL AND closes IS NOT NULL)), 
	CONSTRAINT ck_ballots_draft_is_unopened CHECK (state <> 'draft' OR opened IS NULL), 
	CONSTRAINT ck_ballots_winner_is_committed CHECK (winner IS NULL OR state = 'committed'), 
	CONSTRAINT fk_ballots_session FOREIGN KEY(session) REFERENCES sessions (id), 
	CONSTRAINT ck_ballots_state CHECK (state IN ('draft', 'open', 'committed', 'cancelled'))
);
INSERT INTO "ballots" VALUES(1,1,1,'1','committed',1767326645678901,1767330245678901,0,NULL,3,0);
INSERT INTO "ballots" VALUES(2,1,3,'2','draft',NULL,NULL,0,NULL,NULL,0);
CREATE TABLE candidates (
	ballot INTEGER NOT NULL, 
	passage INTEGER NOT NULL, 
	number INTEGER, 
	added BIGINT NOT NULL, 
	CONSTRAINT pk_candidates PRIMARY KEY (ballot, passage), 
	CONSTRAINT ck_candidates_number CHECK (number >= 1), 
	CONSTRAINT uq_candidates_ballot_number UNIQUE (ballot, number), 
	CONSTRAINT fk_candidates_ballot FOREIGN KEY(ballot) REFERENCES ballots (id), 
	CONSTRAINT fk_candidates_passage FOREIGN KEY(passage) REFERENCES passages (id)
);
INSERT INTO "candidates" VALUES(1,2,2,1767326645678901);
INSERT INTO "candidates" VALUES(1,3,1,1767326645678901);
CREATE TABLE deadlines (
	ballot INTEGER NOT NULL, 
	due BIGINT NOT NULL, 
	CONSTRAINT pk_deadlines PRIMARY KEY (ballot), 
	CONSTRAINT fk_deadlines_ballot FOREIGN KEY(ballot) REFERENCES ballots (id)
);
INSERT INTO "deadlines" VALUES(2,1767333845678901);
CREATE TABLE events (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	session INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	actor VARCHAR NOT NULL, 
	actor_name VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT fk_events_session FOREIGN KEY(session) REFERENCES sessions (id)
);
INSERT INTO "events" VALUES(1,1,'closed','1','Ann',1767323045678901,'{"winner": 1}');
CREATE TABLE guilds (
	id VARCHAR NOT NULL, 
	met BIGINT NOT NULL, 
	CONSTRAINT pk_guilds PRIMARY KEY (id)
);
INSERT INTO "guilds" VALUES('guild',1767323045678901);
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	session INTEGER NOT NULL, 
	parent INTEGER, 
	asker VARCHAR NOT NULL, 
	asker_name VARCHAR NOT NULL, 
	direction TEXT, 
	wanted INTEGER NOT NULL, 
	length VARCHAR NOT NULL, 
	seed BIGINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	asked BIGINT NOT NULL, 
	ballot INTEGER, 
	passage INTEGER, 
	fault VARCHAR, 
	CONSTRAINT fk_jobs_session_parent FOREIGN KEY(session, parent) REFERENCES passages (session, id), 
	CONSTRAINT fk_jobs_session_passage FOREIGN KEY(session, passage) REFERENCES passages (session, id), 
	CONSTRAINT ck_jobs_wanted CHECK (wanted >= 1), 
	CONSTRAINT fk_jobs_session FOREIGN KEY(session) REFERENCES sessions (id), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('running', 'done', 'stopped', 'stale', 'failed')), 
	CONSTRAINT fk_jobs_ballot FOREIGN KEY(ballot) REFERENCES ballots (id)
);
INSERT INTO "jobs" VALUES(1,1,1,'1','Ann','Make it rain.',1,'short',7,'done',1767323045678901,1,NULL,NULL);
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	session INTEGER NOT NULL, 
	page VARCHAR NOT NULL, 
	CONSTRAINT fk_outbox_session FOREIGN KEY(session) REFERENCES sessions (id)
);
INSERT INTO "outbox" VALUES(1,1,'passage:3');
CREATE TABLE participants (
	session INTEGER NOT NULL, 
	member VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	last_active BIGINT NOT NULL, 
	CONSTRAINT pk_participants PRIMARY KEY (session, member), 
	CONSTRAINT fk_participants_session FOREIGN KEY(session) REFERENCES sessions (id)
);
INSERT INTO "participants" VALUES(1,'1','Ann',1767323045678901);
CREATE TABLE passages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	session INTEGER NOT NULL, 
	parent INTEGER, 
	text TEXT NOT NULL, 
	origin VARCHAR(16) NOT NULL, 
	author VARCHAR NOT NULL, 
	author_name VARCHAR NOT NULL, 
	written BIGINT NOT NULL, 
	how JSON, 
	chosen_by INTEGER, 
	page VARCHAR, 
	CONSTRAINT fk_passages_session_parent FOREIGN KEY(session, parent) REFERENCES passages (session, id), 
	CONSTRAINT ck_passages_parent_is_older CHECK (parent < id), 
	CONSTRAINT uq_passages_session_id UNIQUE (session, id), 
	CONSTRAINT fk_passages_session FOREIGN KEY(session) REFERENCES sessions (id), 
	CONSTRAINT ck_passages_origin CHECK (origin IN ('human', 'model')), 
	CONSTRAINT fk_passages_chosen_by FOREIGN KEY(chosen_by) REFERENCES ballots (id)
);
INSERT INTO "passages" VALUES(1,1,NULL,'The door was green.','human','1','Ann',1767323045678901,NULL,NULL,NULL);
INSERT INTO "passages" VALUES(2,1,1,'It rained.','model','1','Ann',1767326645678901,'{"model": "smol", "preset": "storyteller", "preset_version": 1, "seed": 7, "sampling": {"temperature": 1.0, "top_p": 1.0, "min_p": 0.05, "repetition_penalty": 1.1}, "prompt_digest": "digest", "direction": "Make it rain."}',NULL,NULL);
INSERT INTO "passages" VALUES(3,1,1,'The sea''s lid.','human','2','Ben',1767326645678901,NULL,1,'passage:3');
CREATE TABLE presets (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	guild VARCHAR, 
	name VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	content JSON NOT NULL, 
	CONSTRAINT ck_presets_version CHECK (version >= 1), 
	CONSTRAINT fk_presets_guild FOREIGN KEY(guild) REFERENCES guilds (id)
);
INSERT INTO "presets" VALUES(1,NULL,'storyteller',1,'{"voice": "Write clear, vivid prose. Show what happens through action, the senses and speech.", "about": "Clear, warm prose that moves.", "sampling": {"temperature": 1.0, "top_p": 1.0, "min_p": 0.05, "repetition_penalty": 1.1}, "lengths": {"short": 60, "medium": 120, "long": 280}}');
CREATE TABLE receipts (
	call VARCHAR NOT NULL, 
	notice VARCHAR NOT NULL, 
	facts JSON NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_receipts PRIMARY KEY (call)
);
INSERT INTO "receipts" VALUES('call','BallotClosed','{"session": 1, "ballot": 1, "winner": 1, "drawn": false}',1767323045678901);
CREATE TABLE sessions (
	id INTEGER NOT NULL, 
	guild VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	thread VARCHAR, 
	title TEXT NOT NULL, 
	form VARCHAR NOT NULL, 
	premise TEXT NOT NULL, 
	preset INTEGER NOT NULL, 
	ai VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	opener VARCHAR NOT NULL, 
	opener_name VARCHAR NOT NULL, 
	head INTEGER, 
	created BIGINT NOT NULL, 
	touched BIGINT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_sessions_id_head FOREIGN KEY(id, head) REFERENCES passages (session, id), 
	CONSTRAINT uq_sessions_guild_thread UNIQUE (guild, thread), 
	CONSTRAINT fk_sessions_guild FOREIGN KEY(guild) REFERENCES guilds (id), 
	CONSTRAINT fk_sessions_preset FOREIGN KEY(preset) REFERENCES presets (id), 
	CONSTRAINT ck_sessions_ai CHECK (ai IN ('full', 'suggestions', 'off')), 
	CONSTRAINT ck_sessions_state CHECK (state IN ('writing', 'voting', 'paused', 'finished'))
);
INSERT INTO "sessions" VALUES(1,'guild','channel','thread','The Door','story','A door in the sea.',1,'full','writing','1','Ann',3,1767323045678901,1767326645678901);
CREATE TABLE settings (
	guild VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	value JSON, 
	changed BIGINT NOT NULL, 
	CONSTRAINT pk_settings PRIMARY KEY (guild, name), 
	CONSTRAINT fk_settings_guild FOREIGN KEY(guild) REFERENCES guilds (id)
);
CREATE TABLE shown (
	page VARCHAR NOT NULL, 
	part INTEGER NOT NULL, 
	place VARCHAR NOT NULL, 
	message VARCHAR, 
	fingerprint VARCHAR NOT NULL, 
	attempted BIGINT NOT NULL, 
	gone BOOLEAN NOT NULL, 
	CONSTRAINT pk_shown PRIMARY KEY (page, part), 
	CONSTRAINT ck_shown_part CHECK (part >= 0), 
	CONSTRAINT uq_shown_place_message UNIQUE (place, message)
);
INSERT INTO "shown" VALUES('card',0,'channel','m1','digest',1767323045678901,0);
CREATE TABLE votes (
	ballot INTEGER NOT NULL, 
	member VARCHAR NOT NULL, 
	choice INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_votes PRIMARY KEY (ballot, member), 
	CONSTRAINT ck_votes_choice CHECK (choice >= 0), 
	CONSTRAINT fk_votes_ballot FOREIGN KEY(ballot) REFERENCES ballots (id)
);
INSERT INTO "votes" VALUES(1,'1',1,1767326645678901);
INSERT INTO "votes" VALUES(1,'2',1,1767326645678901);
CREATE INDEX ix_receipts_at ON receipts (at);
CREATE UNIQUE INDEX uq_presets_built_in ON presets (name, version) WHERE guild IS NULL;
CREATE UNIQUE INDEX uq_presets_of_guild ON presets (guild, name, version) WHERE guild IS NOT NULL;
CREATE INDEX ix_audit_guild_at ON audit (guild, at);
CREATE INDEX ix_sessions_guild_touched ON sessions (guild, touched);
CREATE INDEX ix_passages_session_parent ON passages (session, parent);
CREATE INDEX ix_events_session_at ON events (session, at);
CREATE INDEX ix_outbox_session_page ON outbox (session, page);
CREATE UNIQUE INDEX uq_ballots_current ON ballots (session) WHERE state IN ('draft', 'open');
CREATE INDEX ix_deadlines_due ON deadlines (due);
CREATE UNIQUE INDEX uq_jobs_running ON jobs (session) WHERE state = 'running';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('presets',1);
INSERT INTO "sqlite_sequence" VALUES('passages',3);
INSERT INTO "sqlite_sequence" VALUES('jobs',1);
INSERT INTO "sqlite_sequence" VALUES('events',1);
INSERT INTO "sqlite_sequence" VALUES('audit',1);
INSERT INTO "sqlite_sequence" VALUES('outbox',1);
COMMIT;
