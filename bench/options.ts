/** What the command line says; a number that cannot be one ends the run before it begins. */
export class Options {
  constructor(private readonly args: readonly string[]) {}

  has(name: string): boolean {
    return this.args.includes(`--${name}`);
  }

  text(name: string): string | undefined {
    const at = this.args.indexOf(`--${name}`);
    return at < 0 ? undefined : this.args[at + 1];
  }

  number(name: string, otherwise: number): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`--${name} needs a number`);
    return Number(text);
  }
}
