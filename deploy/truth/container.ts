/** One container, whatever document describes it. */
export interface Container {
  /** The document, for what is said about it. */
  readonly where: string;
  readonly name: string;
  readonly image: string;
  /** The built file it runs; undefined where it is not ours. */
  readonly runs: string | undefined;
  /** Runs to its end instead of serving. */
  readonly once: boolean;
  readonly environment: Readonly<Record<string, string>>;
  /** The port it is reached at and the one its health is asked at, as the document says; undefined where it says none. */
  readonly port: number | undefined;
  readonly healthPort: number | undefined;
  /** What the document does not take away from it; empty when nothing is left to take. */
  readonly unhardened: readonly string[];
  /** Names of the folders of keys it is given. */
  readonly keys: readonly string[];
}

/** Everything one way of deploying says. */
export interface Deployment {
  readonly where: string;
  readonly containers: readonly Container[];
  /** Who can open a connection to whom. */
  readonly reaches: (from: string, to: string) => boolean;
  /** Networks let both ends speak (compose), or each direction is said for itself. */
  readonly bothWays: boolean;
  /** Findings only this kind of document can have. */
  readonly own: readonly string[];
}

/** A deployment may be all services' or one's; names of what is not a process of ours, and where it listens. */
export const FOREIGN: Readonly<Record<string, number>> = { postgres: 5432, kafka: 9092 };

export const left = (checks: Readonly<Record<string, boolean>>): readonly string[] => Object.entries(checks).filter(([, ok]) => !ok).map(([name]) => name);
