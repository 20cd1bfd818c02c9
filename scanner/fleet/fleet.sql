-- What the centre adds to the store's database: sites, sensors, rounds, the inbox; and who may touch what.
-- Run by the owner of the database; may be run again at any time. Procrastinate's own schema is there already.
--
-- A sensor is a database role of its own. It can see and take the jobs of its site's queue, say how they ended, and
-- put results of its site into the inbox. It can read or change nothing else: no table of the store is granted to
-- it, and row-level security holds it to its site where it is granted something. A revoked sensor is nobody at
-- once, also in a session that is still open: fleet_site() is null for it, and null equals nothing.

CREATE TABLE IF NOT EXISTS fleet_sites (
    site text PRIMARY KEY CHECK (site <> '' AND length(site) <= 100),
    schedule text,                                    -- five fields as cron has them, in UTC; null: only when asked
    shards integer NOT NULL DEFAULT 1 CHECK (shards BETWEEN 1 AND 64),
    targets jsonb NOT NULL DEFAULT '[]',              -- less than the sensor's scope file; empty: all of that
    patience interval NOT NULL DEFAULT '12 hours',    -- after it a round is closed with what is there
    added timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS fleet_sensors (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,40}$'),
    role name NOT NULL UNIQUE,
    site text NOT NULL REFERENCES fleet_sites (site),
    added timestamptz NOT NULL DEFAULT now(),
    revoked timestamptz,
    seen timestamptz,
    version text,
    skew interval                                     -- its clock less ours, as it last said hello
);

CREATE TABLE IF NOT EXISTS fleet_rounds (
    round uuid PRIMARY KEY,
    site text NOT NULL REFERENCES fleet_sites (site),
    due timestamptz NOT NULL,
    opened timestamptz NOT NULL DEFAULT now(),        -- later than due where a night is made up for
    shards integer NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'complete', 'incomplete', 'empty')),
    closed timestamptz,
    said text NOT NULL DEFAULT '',
    UNIQUE (round, site)
);
ALTER TABLE fleet_rounds ADD COLUMN IF NOT EXISTS coverage text NOT NULL DEFAULT '';
CREATE INDEX IF NOT EXISTS fleet_rounds_of_site ON fleet_rounds (site, due DESC);
CREATE INDEX IF NOT EXISTS fleet_rounds_open ON fleet_rounds (opened) WHERE state = 'open';

CREATE TABLE IF NOT EXISTS fleet_inbox (
    run uuid PRIMARY KEY,                             -- made of round and shard: the same run arrives once
    round uuid NOT NULL,
    shard integer NOT NULL CHECK (shard BETWEEN 0 AND 63),
    site text NOT NULL,
    sensor text NOT NULL REFERENCES fleet_sensors (name),
    arrived timestamptz NOT NULL DEFAULT now(),
    complete boolean NOT NULL,
    bundle bytea NOT NULL CHECK (octet_length(bundle) <= 64 * 1024 * 1024),
    UNIQUE (round, shard),
    FOREIGN KEY (round, site) REFERENCES fleet_rounds (round, site)
);
CREATE INDEX IF NOT EXISTS fleet_inbox_of_site ON fleet_inbox (site);

-- Who is asking. Session user, not current user: these functions run as the owner.
CREATE OR REPLACE FUNCTION fleet_site() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT site FROM public.fleet_sensors WHERE role = session_user AND revoked IS NULL $$;

CREATE OR REPLACE FUNCTION fleet_sensor() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$ SELECT name FROM public.fleet_sensors WHERE role = session_user AND revoked IS NULL $$;

-- A sensor says that it lives, and learns when and what it is to scan also while it is cut off.
DROP FUNCTION IF EXISTS fleet_hello(text, timestamptz);
CREATE FUNCTION fleet_hello(said_version text, said_time timestamptz)
    RETURNS TABLE (site text, schedule text, shards integer, targets jsonb, server_time timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    me text := public.fleet_sensor();
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION 'this sensor is not known here, or was revoked' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.fleet_sensors AS s
       SET seen = clock_timestamp(), version = left(said_version, 100), skew = said_time - clock_timestamp()
     WHERE s.name = me;
    RETURN QUERY
        SELECT f.site, f.schedule, f.shards, f.targets, clock_timestamp()
          FROM public.fleet_sites f WHERE f.site = public.fleet_site();
END
$$;

-- Rounds that a sensor made by itself while it was cut off are known from then on; not in the future, not twice.
CREATE OR REPLACE FUNCTION fleet_announce(its_round uuid, its_due timestamptz, its_shards integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    mine text := public.fleet_site();
BEGIN
    IF mine IS NULL THEN
        RAISE EXCEPTION 'this sensor is not known here, or was revoked' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF its_due > now() + interval '1 day' OR its_shards NOT BETWEEN 1 AND 64 THEN
        RAISE EXCEPTION 'a round of % with % shards cannot be', its_due, its_shards USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.fleet_rounds (round, site, due, shards) VALUES (its_round, mine, its_due, its_shards)
        ON CONFLICT DO NOTHING;
END
$$;

-- The last shard of a round brings the job that takes it into the store; serve-jobs closes what stays open.
CREATE OR REPLACE FUNCTION fleet_arrived() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
DECLARE
    here integer;
    wanted integer;
BEGIN
    SELECT r.shards INTO wanted FROM public.fleet_rounds r WHERE r.round = NEW.round FOR UPDATE;
    SELECT count(*) INTO here FROM public.fleet_inbox i WHERE i.round = NEW.round;
    IF here >= wanted THEN
        INSERT INTO public.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
            VALUES ('centre', 'ingest', 'ingest:' || NEW.site, 'ingest:' || NEW.round,
                    jsonb_build_object('round', NEW.round))
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS fleet_arrived ON fleet_inbox;
CREATE TRIGGER fleet_arrived AFTER INSERT ON fleet_inbox FOR EACH ROW EXECUTE FUNCTION fleet_arrived();

-- Workers belong to whoever registered them.
ALTER TABLE procrastinate_workers ADD COLUMN IF NOT EXISTS fleet_role name NOT NULL DEFAULT session_user;

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'camcensus_sensor') THEN
        CREATE ROLE camcensus_sensor NOLOGIN;
    END IF;
END
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM camcensus_sensor;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION fleet_hello, fleet_announce, fleet_arrived FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO camcensus_sensor;
GRANT EXECUTE ON FUNCTION fleet_hello, fleet_announce, fleet_site, fleet_sensor TO camcensus_sensor;

-- What a job is (its task and arguments) is not a sensor's to change: only how it goes on.
GRANT SELECT ON procrastinate_jobs TO camcensus_sensor;
GRANT UPDATE (status, worker_id, attempts, scheduled_at, priority, queue_name, lock, abort_requested)
    ON procrastinate_jobs TO camcensus_sensor;
GRANT INSERT ON procrastinate_events TO camcensus_sensor;
GRANT USAGE ON SEQUENCE procrastinate_events_id_seq TO camcensus_sensor;
GRANT SELECT, DELETE ON procrastinate_workers TO camcensus_sensor;
GRANT INSERT (id), UPDATE (last_heartbeat) ON procrastinate_workers TO camcensus_sensor;
GRANT SELECT (run, round, shard, site, sensor, arrived, complete) ON fleet_inbox TO camcensus_sensor;
GRANT INSERT (run, round, shard, site, sensor, complete, bundle) ON fleet_inbox TO camcensus_sensor;

ALTER TABLE procrastinate_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE procrastinate_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE procrastinate_workers ENABLE ROW LEVEL SECURITY;
ALTER TABLE fleet_inbox ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS fleet_own_jobs ON procrastinate_jobs;
CREATE POLICY fleet_own_jobs ON procrastinate_jobs TO camcensus_sensor
    USING (queue_name = 'site:' || (SELECT fleet_site()))
    WITH CHECK (queue_name = 'site:' || (SELECT fleet_site()));

DROP POLICY IF EXISTS fleet_own_events ON procrastinate_events;
CREATE POLICY fleet_own_events ON procrastinate_events FOR INSERT TO camcensus_sensor
    WITH CHECK (EXISTS (SELECT 1 FROM procrastinate_jobs j WHERE j.id = job_id));

DROP POLICY IF EXISTS fleet_own_workers ON procrastinate_workers;
CREATE POLICY fleet_own_workers ON procrastinate_workers TO camcensus_sensor
    USING (fleet_role = session_user AND (SELECT fleet_site()) IS NOT NULL)
    WITH CHECK (fleet_role = session_user AND (SELECT fleet_site()) IS NOT NULL);

DROP POLICY IF EXISTS fleet_own_results ON fleet_inbox;
CREATE POLICY fleet_own_results ON fleet_inbox TO camcensus_sensor
    USING (site = (SELECT fleet_site()))
    WITH CHECK (site = (SELECT fleet_site()) AND sensor = (SELECT fleet_sensor()));
