import * as client from 'openid-client';
import { CLI_CLIENT, CLI_REDIRECT, resourceOf } from './oidc.js';
import { PEOPLE } from './people.js';

export interface SignInOptions {
  readonly issuer: string;
  readonly audience: string;
  /** A person of the sandbox, by id. */
  readonly persona: string;
}

/** No such person in the sandbox. */
export class UnknownPersona extends Error {
  override readonly name = 'UnknownPersona';
  constructor(persona: string) {
    super(`nobody in the sandbox is called ${persona}`);
  }
}

const MAX_STEPS = 10;

/** What a browser does between leaving for the provider and coming back: keeps cookies, follows redirects, sends the form. */
const browse = async (start: URL, persona: string): Promise<URL> => {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let step = 0; step < MAX_STEPS; step++) {
    const response = await fetch(url, {
      redirect: 'manual', method: form ? 'POST' : 'GET', ...(form && { body: form }),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    const location = response.headers.get('location');
    form = undefined;
    if (location !== null) {
      await response.body?.cancel();
      url = new URL(location, url);
      if (url.href.startsWith(CLI_REDIRECT)) return url;
    } else if (response.ok && (await response.text()).includes('name="persona"')) form = new URLSearchParams({ persona });
    else throw new Error(`the sign-in provider answered ${response.status} at ${url.pathname}`);
  }
  throw new Error('the sign-in provider never came back');
};

/**
 * Signs a person of the sandbox in with the authorization code flow and PKCE, as a browser would, and returns the access token. Throws
 * UnknownPersona, or whatever fetch throws when no provider listens at `issuer`.
 */
export const signIn = async ({ issuer, audience, persona }: SignInOptions): Promise<string> => {
  if (!PEOPLE.some((p) => p.id === persona)) throw new UnknownPersona(persona);
  const resource = resourceOf(audience);
  // Marked deprecated by its author only to stand out; the sandbox speaks plain HTTP on the loopback address.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const insecure = issuer.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : {};
  const config = await client.discovery(new URL(issuer), CLI_CLIENT, undefined, client.None(), insecure);
  const [verifier, state] = [client.randomPKCECodeVerifier(), client.randomState()];
  const start = client.buildAuthorizationUrl(config, {
    redirect_uri: CLI_REDIRECT, scope: 'openid profile', resource, state, code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const tokens = await client.authorizationCodeGrant(config, await browse(start, persona), { pkceCodeVerifier: verifier, expectedState: state }, { resource });
  return tokens.access_token;
};
