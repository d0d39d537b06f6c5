import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Bundling1700000000001 implements MigrationInterface {
  readonly name = 'Bundling1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema bundling;
      -- a resolved plan, stored once by its content: what never changes of the targets of thousands of cases
      create table bundling.plan_shape (id uuid primary key, doc json not null);
      -- cursor: the last event of the case this service applied; doc: the state of every target of the shape
      create table bundling.plan (
        case_id uuid primary key, cursor int not null, next_due bigint, shape uuid, doc json
      ) with (fillfactor = 70);
      create index plan_due on bundling.plan (next_due) where next_due is not null;
      -- one narrow row per target still open after its first answer: operators' lists
      create table bundling.open_target (
        case_id uuid not null, target text not null, programme text not null, status text not null, reason text, since bigint not null,
        attempts int not null, overdue boolean not null, primary key (case_id, target)
      );
      create index open_target_list on bundling.open_target (status, programme, since);
      create table bundling.audit (
        id uuid primary key, at bigint not null, case_id uuid not null, target text not null, action text not null, reason text not null, operator text not null
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema bundling cascade');
  }
}

/** Lets a reader who remembers a row know by one number that it still stands as remembered. */
export class PlanStamp1700000000011 implements MigrationInterface {
  readonly name = 'PlanStamp1700000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table bundling.plan add column stamp bigint not null default 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table bundling.plan drop column stamp');
  }
}

/** A plan is written four times within a second: with room on its page for all four, no write but the last needs entries in the indexes. */
export class PlanRoom1700000000014 implements MigrationInterface {
  readonly name = 'PlanRoom1700000000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table bundling.plan set (fillfactor = 35)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table bundling.plan set (fillfactor = 70)');
  }
}

export const bundlingMigrations = [Bundling1700000000001, PlanStamp1700000000011, PlanRoom1700000000014] as const;
