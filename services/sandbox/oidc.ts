import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { Provider } from 'oidc-provider/lib/provider.js';
import { PEOPLE, type SandboxPerson } from './people.js';
import { SignInStore } from './sign-in-store.js';
import { signInPage, startAgainPage, type PageLanguage } from './sign-in-page.js';

// oidc-provider is written for Node 22, where this static of the URL standard exists; Node 20 has everything else it needs.
const Standard = URL as unknown as { parse?: (url: string, base?: string) => URL | null };
Standard.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);

/** Where the provider stands on the sandbox's origin; the issuer's path. */
export const OIDC_PATH = '/oidc';
/** The public client of command lines and tests: no secret, PKCE, back to any port of the loopback address (RFC 8252). */
export const CLI_CLIENT = 'tell-us-once-cli';
export const CLI_REDIRECT = 'http://127.0.0.1/callback';

const ACR_PREFIX = 'urn:gc-ca:cyber-auth:assurance:';
const HOUR = 3600;
const PROFILE = ['given_name', 'family_name', 'birthdate', 'locale'];

/** The resource indicator (RFC 8707, a URI) of an audience. */
export const resourceOf = (audience: string): string => (URL.canParse(audience) ? audience : `urn:audience:${audience}`);

interface ProviderKeys {
  readonly jwk: JsonWebKey;
  readonly cookies: string;
}

const readKeys = (folder: string | undefined): ProviderKeys => {
  const path = folder === undefined ? undefined : join(folder, 'sign-in-keys.json');
  if (path !== undefined && existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as ProviderKeys;
  const keys: ProviderKeys = { jwk: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), cookies: randomBytes(32).toString('base64url') };
  if (folder !== undefined && path !== undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(path, JSON.stringify(keys), { mode: 0o600 });
  }
  return keys;
};

const findPerson = (id: unknown): SandboxPerson | undefined => PEOPLE.find((p) => p.id === id);
const claimsOf = ({ given, family, birthDate, locale = 'en-CA' }: SandboxPerson) =>
  ({ given_name: given.join(' '), family_name: family, birthdate: birthDate, locale });

const configuration = async (audience: string, { jwk, cookies }: ProviderKeys): Promise<Configuration> => {
  const kid = await calculateJwkThumbprint(jwk as JWK);
  const resource = resourceOf(audience);
  return {
    adapter: SignInStore,
    jwks: { keys: [{ ...(jwk as JWK), kid, alg: 'ES256', use: 'sig' }] as NonNullable<Configuration['jwks']>['keys'] },
    cookies: { keys: [cookies] },
    clients: [{
      client_id: CLI_CLIENT, application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: [CLI_REDIRECT],
      response_types: ['code'], grant_types: ['authorization_code'],
    }],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    acrValues: ['loa1', 'loa2', 'loa3'].map((level) => `${ACR_PREFIX}${level}`),
    claims: { openid: ['sub', 'acr'], profile: PROFILE },
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: {
        enabled: true, defaultResource: () => resource, useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'openid profile', audience, accessTokenFormat: 'jwt', accessTokenTTL: HOUR, jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    interactions: { url: (_, interaction) => `${OIDC_PATH}/sign-in/${interaction.uid}` },
    ttl: { AccessToken: HOUR, AuthorizationCode: 60, IdToken: HOUR, Interaction: HOUR, Session: HOUR, Grant: HOUR },
    findAccount: (_, sub) => {
      const person = findPerson(sub);
      return person && { accountId: sub, claims: () => ({ sub, ...claimsOf(person) }) };
    },
    extraTokenClaims: (_, token) => {
      const person = 'accountId' in token ? findPerson(token.accountId) : undefined;
      return person && { ...claimsOf(person), acr: `${ACR_PREFIX}${person.acr ?? 'loa2'}`, roles: [...(person.roles ?? [])] };
    },
    renderError: (ctx: KoaContextWithOIDC, out) => {
      ctx.type = 'html';
      ctx.body = startAgainPage(languageOf(ctx.req)).replace('</main>', `<p lang="en"><code>${out.error.replaceAll(/[^\w.-]/g, '')}</code></p></main>`);
    },
  };
};

const languageOf = (request: IncomingMessage, wanted?: unknown): PageLanguage => {
  const asked = new URL(request.url ?? '/', 'http://sandbox').searchParams.get('lang') ?? (typeof wanted === 'string' ? wanted : request.headers['accept-language'] ?? '');
  return asked.trim().toLowerCase().startsWith('fr') ? 'fr' : 'en';
};

const HTML_HEADERS = {
  'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
  'content-security-policy': 'default-src \'none\'; style-src \'unsafe-inline\'; frame-ancestors \'none\'; base-uri \'none\'',
};
const html = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, HTML_HEADERS).end(body);
};

const readForm = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) if (text.length < 4096) text += chunk.toString();
  return new URLSearchParams(text);
};

/** The sandbox's OpenID provider: real protocol and keys, made-up people, no password. */
export class SignInProvider {
  private readonly listener: ReturnType<Provider['callback']>;

  private constructor(private readonly provider: Provider, private readonly audience: string) {
    this.listener = provider.callback();
  }

  /** `dataDir` keeps the keys, so that tokens issued before a restart stay good. */
  static async open(options: { readonly issuer: string; readonly audience: string; readonly dataDir?: string | undefined }): Promise<SignInProvider> {
    const provider = new Provider(options.issuer, await configuration(options.audience, readKeys(options.dataDir)));
    // The issuer is what the outside calls us, also when a proxy stands in front.
    provider.proxy = options.issuer.startsWith('https:');
    return new SignInProvider(provider, options.audience);
  }

  /** Answers everything below /oidc. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if ((request.url ?? '').startsWith(`${OIDC_PATH}/sign-in/`)) await this.signIn(request, response);
    else {
      // As Express would mount it: the provider finds its own prefix by comparing the two.
      Object.assign(request, { originalUrl: request.url });
      request.url = (request.url ?? '').slice(OIDC_PATH.length) || '/';
      await this.listener(request, response);
    }
  }

  private async signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const details = await this.provider.interactionDetails(request, response).catch(() => undefined);
    if (!details) {
      html(response, 400, startAgainPage(languageOf(request)));
      return;
    }
    const { params } = details;
    const language = languageOf(request, params['ui_locales']);
    const person = request.method === 'POST' ? findPerson((await readForm(request)).get('persona')) : undefined;
    if (person) await this.finish(request, response, person, String(params['client_id']));
    else if (request.method === 'POST') html(response, 400, signInPage({ language, isMissing: true }));
    else html(response, 200, signInPage({ language, chosen: typeof params['login_hint'] === 'string' ? params['login_hint'] : undefined }));
  }

  /** Choosing a person is signing in and agreeing to share the profile in one. */
  private async finish(request: IncomingMessage, response: ServerResponse, person: SandboxPerson, clientId: string): Promise<void> {
    const grant = new this.provider.Grant({ accountId: person.id, clientId });
    grant.addOIDCScope('openid profile');
    grant.addResourceScope(resourceOf(this.audience), 'openid profile');
    const grantId = await grant.save();
    await this.provider.interactionFinished(request, response, {
      login: { accountId: person.id, acr: `${ACR_PREFIX}${person.acr ?? 'loa2'}`, remember: false }, consent: { grantId },
    });
  }
}
