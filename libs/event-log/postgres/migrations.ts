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
