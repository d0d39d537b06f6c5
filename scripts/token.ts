import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { PEOPLE, signIn, UnknownPersona } from '#services/sandbox/index.js';

/** `npm run token -- PERSONA`: a bearer token of a person of the sandbox, alone on standard output; `--list` says who there is. */
const WRONG_USE = 2;
const list = (): string => PEOPLE.map(({ id, about }) => `  ${id.padEnd(12)} ${about}`).join('\n');
const complain = (text: string, exitCode: number): void => {
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
};

const persona = process.argv[2];
if (persona === '--list') process.stdout.write(`${list()}\n`);
else if (persona === undefined) complain(`Whose token? npm run token -- PERSONA\n${list()}`, WRONG_USE);
else {
  const config = readConfig(PlatformConfig);
  const issuer = `http://127.0.0.1:${config.sandboxPort}/oidc`;
  try {
    process.stdout.write(`${await signIn({ issuer, audience: config.audience, persona })}\n`);
  } catch (error) {
    if (error instanceof UnknownPersona) complain(`Nobody in the sandbox is called ${persona}. There are:\n${list()}`, WRONG_USE);
    else complain(`No sign-in provider answers at ${issuer}. Start it with: npm start\n(elsewhere than port ${config.sandboxPort}: set SANDBOX_PORT; its audience is another: set AUDIENCE)\n${String(error)}`, 1);
  }
}
