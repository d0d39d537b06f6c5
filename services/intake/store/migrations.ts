import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Intake1700000000002 implements MigrationInterface {
  readonly name = 'Intake1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema intake;
      -- every key is a keyed hash; no column holds anything a person told
      create table intake.case_file (
        case_id uuid primary key, reference text not null unique, life_event text not null, opened_at bigint not null,
        idempotency uuid not null unique, fingerprint uuid not null, natural_key uuid not null, near_name uuid not null, near_date uuid not null,
        sibling uuid not null, version int not null default 1, cancelled text
      );
      create index case_file_natural on intake.case_file (natural_key);
      create index case_file_near_name on intake.case_file (near_name);
      create index case_file_near_date on intake.case_file (near_date);
      -- reports that joined a case or told it again; the one that opened it stands in its file
      create table intake.repeat (idempotency uuid primary key, fingerprint uuid not null, case_id uuid not null);
      create index repeat_case on intake.repeat (case_id);
      create table intake.party (
        case_id uuid not null, party_id uuid not null, subject uuid not null, role text not null, person_id text, joined_at bigint not null,
        primary key (case_id, party_id)
      );
      create index party_subject on intake.party (subject);
      create table intake.invitation (
        code uuid primary key, case_id uuid not null, person_id text not null, made_at bigint not null, expires_at bigint not null, accepted_by uuid
      );
      create index invitation_case on intake.invitation (case_id);
      create table intake.duplicate_review (
        id uuid primary key, case_id uuid not null, suspect uuid not null, opened_at bigint not null,
        decided_at bigint, decision text, evidence text, operator uuid
      );
      create index duplicate_review_open on intake.duplicate_review (opened_at) where decided_at is null;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema intake cascade');
  }
}
