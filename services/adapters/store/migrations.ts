import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Adapters1700000000005 implements MigrationInterface {
  readonly name = 'Adapters1700000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create schema adapters;
      create table adapters.cursor (case_id uuid primary key, seq int not null) with (fillfactor = 80);
      -- one row per delivery still on its way after the first patience; none for what was answered at once
      create table adapters.attempt (
        delivery_id uuid primary key, case_id uuid not null, tell_id uuid not null, target text not null, programme text not null, kind text not null, revision int not null,
        attempts int not null, state text not null check (state in ('unsent', 'failed', 'unknown')), since bigint not null, due_at bigint not null
      );
      create index attempt_due on adapters.attempt (due_at);
      create index attempt_programme on adapters.attempt (programme, due_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema adapters cascade');
  }
}

export class AdaptersExchange1700000000012 implements MigrationInterface {
  readonly name = 'AdaptersExchange1700000000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- deliveries that travel as messages, until their last answer: text is the sealed message until a carrier has it; a question stands beside its delivery
      create table adapters.outgoing (
        id text primary key, n bigint not null generated always as identity, delivery_id uuid not null, transport text not null, jurisdiction text not null, text text, batch uuid
      );
      create index outgoing_delivery on adapters.outgoing (delivery_id);
      create index outgoing_waiting on adapters.outgoing (transport, batch, n) where text is not null;
      -- messages from jurisdictions that can never be kept: where they lie and why, nothing of what they say
      create table adapters.unreadable (transport text not null, place text not null, reason text not null, since bigint not null, primary key (transport, place));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table adapters.outgoing, adapters.unreadable');
  }
}

/** A cursor moves within a second of its first row: with room on the page for both, it needs no second entry in the index. */
export class CursorRoom1700000000015 implements MigrationInterface {
  readonly name = 'CursorRoom1700000000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table adapters.cursor set (fillfactor = 40)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table adapters.cursor set (fillfactor = 80)');
  }
}
