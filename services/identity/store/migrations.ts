import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Identity1700000000004 implements MigrationInterface {
  readonly name = 'Identity1700000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema identity;
      -- cursor: the last event of the case this service applied; doc: how far each person is confirmed; no name, no date, no number
      create table identity.file (
        case_id uuid primary key, cursor int not null, next_due bigint, doc json
      ) with (fillfactor = 80);
      create index file_due on identity.file (next_due) where next_due is not null;
      -- one row per review ever opened; closed without a decision when an amendment or the end of the case overtook it
      create table identity.review (
        id uuid primary key, case_id uuid not null, person_id text not null, opened_at bigint not null, authority text not null, reason text not null,
        resolution text, score int, fields json,
        closed_at bigint, decision text, evidence text, operator uuid
      );
      create index review_open on identity.review (opened_at) where closed_at is null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema identity cascade');
  }
}
