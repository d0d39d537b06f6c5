import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Consent1700000000002 implements MigrationInterface {
  readonly name = 'Consent1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema consent;
      -- every version carries the case's one data key, wrapped, so that the newest row alone can be read; wrapped_key null: erased
      create table consent.declaration (
        case_id uuid not null, version int not null, at bigint not null, schema_version int not null, ciphertext bytea not null,
        wrapped_key bytea, kek_id text, primary key (case_id, version)
      );
      create index declaration_at on consent.declaration using brin (at);
      -- one row per act of deciding
      create table consent.act (case_id uuid not null, seq int not null, at bigint not null, doc json not null, primary key (case_id, seq));
      create function consent.refuse_change() returns trigger language plpgsql as $$ begin raise exception 'a record of consent is never changed'; end $$;
      create trigger act_is_immutable before update or delete or truncate on consent.act for each statement execute function consent.refuse_change();
      -- one row per call of release and case, with a line per delivery
      create table consent.release (case_id uuid not null, seq int not null, at bigint not null, lines json not null, primary key (case_id, seq));
      create table consent.yield (case_id uuid not null, seq int not null, at bigint not null, ciphertext bytea not null, primary key (case_id, seq));
      create table consent.agreement (id text primary key, programme text not null, doc json not null);
      -- how far deposits were checked for a case
      create table consent.sweep (one boolean primary key default true check (one), checked_to bigint not null);
      insert into consent.sweep (checked_to) values (0);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema consent cascade');
  }
}

/** What thousands of access lines have in common is kept once. */
export class ConsentLineForms1700000000013 implements MigrationInterface {
  readonly name = 'ConsentLineForms1700000000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- lines of consent.release name their form by its content; id: the beginning of its SHA-256 in base64url
      create table consent.line_form (id text primary key, doc json not null);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table consent.line_form');
  }
}

export const consentMigrations = [Consent1700000000002, ConsentLineForms1700000000013];
