import { createHash } from 'node:crypto';
import type { AccessLine } from '../domain/case-file.js';

/** What of an access line is the same for thousands of cases: stored once, by its content. It holds codes and field names, and nothing of a person. */
export type LineForm = Omit<AccessLine, 'deliveryId' | 'at' | 'count' | 'lastAt' | 'attempt'>;
/** The rest: `at` only where it is not the row's own, `count` only where it is not 1; trailing absences are left out. */
export type PackedLine = readonly [form: string, deliveryId: string, count?: number | null, lastAt?: number | null, attempt?: string | null, at?: number | null];
/** Rows of earlier builds hold their lines whole. */
export type StoredLine = PackedLine | AccessLine;

const NAME = 11;
const formOf = ({ target, programme, kind, personId, agreement, fields, purpose, basis }: AccessLine): LineForm =>
  ({ target, programme, kind, ...(personId !== undefined && { personId }), agreement, fields, purpose, basis });
/** A form's name is its content: 66 bits of SHA-256 in base64url. */
const nameOf = (form: LineForm): string => createHash('sha256').update(JSON.stringify(form)).digest('base64url').slice(0, NAME);

const isPacked = (line: StoredLine): line is PackedLine => Array.isArray(line);
/** The forms these lines name. */
export const formsIn = (lines: readonly StoredLine[]): readonly string[] => lines.flatMap((line) => (isPacked(line) ? [line[0]] : []));

const REMEMBERED = 4096;

/** The forms this process knows: by name, and their names without hashing each line anew. */
export class LineForms {
  private readonly forms = new Map<string, LineForm>();
  private readonly names = new Map<string, string>();

  has(name: string): boolean {
    return this.forms.has(name);
  }

  /** Of a form that is stored and committed. */
  learn(name: string, form: LineForm): void {
    this.forms.set(name, form);
  }

  /** `stated` receives the forms that may not be stored yet. */
  pack(lines: readonly AccessLine[], rowAt: number, stated: Map<string, LineForm>): readonly PackedLine[] {
    return lines.map((line): PackedLine => {
      const name = this.nameFor(line);
      if (!this.forms.has(name)) stated.set(name, formOf(line));
      const rest = [line.count === 1 ? null : line.count, line.lastAt ?? null, line.attempt ?? null, line.at === rowAt ? null : line.at];
      while (rest.at(-1) === null) rest.pop();
      return [name, line.deliveryId, ...rest] as unknown as PackedLine;
    });
  }

  /** Every form must be known. */
  unpack(lines: readonly StoredLine[], rowAt: number): readonly AccessLine[] {
    return lines.map((line): AccessLine => {
      if (!isPacked(line)) return line;
      const [name, deliveryId, count, lastAt, attempt, at] = line;
      const form = this.forms.get(name);
      if (!form) throw new Error(`the form ${name} of an access line is not stored`);
      return { deliveryId, ...form, at: at ?? rowAt, count: count ?? 1, ...(typeof lastAt === 'number' && { lastAt }), ...(typeof attempt === 'string' && { attempt }) };
    });
  }

  private nameFor(line: AccessLine): string {
    const key = `${line.target} ${line.programme} ${line.kind} ${line.personId ?? ''} ${line.agreement} ${line.purpose} ${line.basis} ${line.fields.join()}`;
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = nameOf(formOf(line));
    if (this.names.size >= REMEMBERED) this.names.clear();
    this.names.set(key, name);
    return name;
  }
}
