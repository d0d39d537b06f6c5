import { Injectable } from '@nestjs/common';

/** Answers undefined when all is well, else one sentence for an operator: what is wrong, never a value or an address. */
export type Probe = () => Promise<string | undefined> | string | undefined;

const PATIENCE_MS = 2000;

/** What this process needs before it can serve; whoever needs it registers the probe. */
@Injectable()
export class Probes {
  private readonly probes = new Map<string, Probe>();

  /** Throws when two probes take one name. */
  register(name: string, probe: Probe): void {
    if (this.probes.has(name)) throw new Error(`Two probes are called ${name}`);
    this.probes.set(name, probe);
  }

  /** Every probe's failure by name; empty when ready. A probe that throws or takes too long has failed. */
  async failures(): Promise<Readonly<Record<string, string>>> {
    const results = await Promise.all([...this.probes].map(async ([name, probe]) => [name, await ask(probe)] as const));
    return Object.fromEntries(results.filter((result): result is readonly [string, string] => result[1] !== undefined));
  }
}

const ask = async (probe: Probe): Promise<string | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('did not answer in time'), PATIENCE_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(probe), tooLong]);
  } catch {
    return 'could not be asked';
  } finally {
    clearTimeout(timer);
  }
};
