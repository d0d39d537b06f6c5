import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Log1700000000000 implements MigrationInterface {
  readonly name = 'Log1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema log;
      create table log.event (
        position bigint generated always as identity,
        txid xid8 not null default pg_current_xact_id(),
        partition smallint not null generated always as ((uuid_hash_extended(case_id, 0) & 63)::smallint) stored,
        case_id uuid not null,
        seq int not null,
        type text not null,
        at bigint not null,
        data json not null,
        primary key (case_id, seq)
      );
      create index event_feed on log.event (partition, txid, position);
      create table log.checkpoint (
        group_name text not null, partition smallint not null, txid xid8 not null, position bigint not null,
        primary key (group_name, partition)
      ) with (fillfactor = 50);
      create table log.parked (
        group_name text not null, case_id uuid not null, seq int not null, reason text not null, since bigint not null,
        primary key (group_name, case_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema log cascade');
  }
}

/** What a copy of the log outside this database needs: how long it was, which log it copies, and which of its records nobody could read. */
export class LogCopies1700000000010 implements MigrationInterface {
  readonly name = 'LogCopies1700000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table log.checkpoint add column end_offset bigint;
      create table log.origin (id uuid not null default gen_random_uuid());
      insert into log.origin default values;
      create table log.unreadable (
        group_name text not null, topic text not null, partition smallint not null, record_offset bigint not null, part text not null, since bigint not null,
        primary key (group_name, topic, partition, record_offset)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table log.unreadable; drop table log.origin; alter table log.checkpoint drop column end_offset');
  }
}

/** The trace an event is part of, where one was open when it was stated. */
export class LogTraces1700000000020 implements MigrationInterface {
  readonly name = 'LogTraces1700000000020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table log.event add column traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table log.event drop column traceparent');
  }
}

/**
 * 16 partitions instead of 64 (ADR 22). A group goes on in each at the earliest place it had in the four that are now one: what it reads again,
 * its cursors drop. The copy on a broker is made anew.
 */
export class LogPartitions1700000000030 implements MigrationInterface {
  readonly name = 'LogPartitions1700000000030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create temporary table place on commit drop as
        select g.group_name, (e.partition & 15)::smallint as partition, coalesce(c.txid, '0'::xid8) txid, coalesce(c.position, -1) as position
        from (select distinct group_name from log.checkpoint where end_offset is null) g cross join (select distinct partition from log.event) e
        left join log.checkpoint c on c.group_name = g.group_name and c.partition = e.partition;
      delete from log.checkpoint;
      insert into log.checkpoint (group_name, partition, txid, position)
        select distinct on (group_name, partition) group_name, partition, txid, position from place order by group_name, partition, txid, position;
      delete from log.unreadable;
      alter table log.event drop column partition;
      alter table log.event add column partition smallint not null generated always as ((uuid_hash_extended(case_id, 0) & 15)::smallint) stored;
      create index event_feed on log.event (partition, txid, position);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from log.checkpoint;
      delete from log.unreadable;
      alter table log.event drop column partition;
      alter table log.event add column partition smallint not null generated always as ((uuid_hash_extended(case_id, 0) & 63)::smallint) stored;
      create index event_feed on log.event (partition, txid, position);
    `);
  }
}

/**
 * What one transaction states of a case is one entry (ADR 24): a row, and a record on the broker, with a number, a type and data for each of its
 * events. An entry of one event is the row it was before, so nothing is written anew. The view shows each event by itself.
 */
export class LogEntries1700000000040 implements MigrationInterface {
  readonly name = 'LogEntries1700000000040';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table log.event rename to entry;
      alter table log.entry rename column type to types;
      alter table log.entry rename constraint event_pkey to entry_pkey;
      alter index log.event_feed rename to entry_feed;
      alter table log.entry add column events smallint not null default 1;
      create view log.event as
        select e.position, e.txid, e.partition, e.case_id, e.seq + n - 1 as seq, split_part(e.types, ',', n) as type, e.at,
          case when e.events = 1 then e.data else e.data -> (n - 1) end as data, e.traceparent
        from log.entry e cross join lateral generate_series(1, e.events::int) n;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create temporary table stated on commit drop as
        select * from log.event where (case_id, seq) in (select case_id, seq + n from log.entry cross join lateral generate_series(1, events - 1) n);
      update log.entry set types = split_part(types, ',', 1), data = data -> 0, events = 1 where events > 1;
      drop view log.event;
      alter table log.entry drop column events;
      alter index log.entry_feed rename to event_feed;
      alter table log.entry rename constraint entry_pkey to event_pkey;
      alter table log.entry rename column types to type;
      alter table log.entry rename to event;
      insert into log.event (txid, case_id, seq, type, at, data, traceparent) select txid, case_id, seq, type, at, data, traceparent from stated order by case_id, seq;
    `);
  }
}

export const logMigrations = [Log1700000000000, LogCopies1700000000010, LogTraces1700000000020, LogPartitions1700000000030, LogEntries1700000000040] as const;
