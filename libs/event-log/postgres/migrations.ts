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

export const logMigrations = [Log1700000000000, LogCopies1700000000010, LogTraces1700000000020] as const;
