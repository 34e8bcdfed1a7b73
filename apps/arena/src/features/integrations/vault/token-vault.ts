import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** An encryption key and its name, which is stored with each sealed text. */
export interface TokenKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

const FORMAT = 'v1';
const CIPHER = 'aes-256-gcm';
const IV = 12;
const TAG = 16;

/** A sealed text cannot be opened: its key is missing, it was changed, or it belongs to another account. */
export class SealBroken extends Error {
  constructor(why: string) {
    super(`Cannot read a stored token: ${why}`);
    this.name = 'SealBroken';
  }
}

/**
 * Encrypts secrets in the database (AES-256-GCM). The owner is authenticated with the text: a token that is moved to another
 * row cannot be opened there.
 */
export class TokenVault {
  /** @param keys the first one seals; all of them open */
  constructor(private readonly keys: readonly TokenKey[]) {}

  /** @param about owner and kind of the text; `open` needs the same */
  seal(text: string, about: readonly string[]): string {
    const [key] = this.keys;
    if (key === undefined) throw new Error('No key to encrypt tokens: ARENA_TOKEN_KEY is not set');
    const iv = randomBytes(IV);
    const cipher = createCipheriv(CIPHER, key.bytes, iv, { authTagLength: TAG }).setAAD(associated(about));
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return [FORMAT, key.id, sealed.toString('base64url')].join('.');
  }

  /** @throws SealBroken */
  open(sealed: string, about: readonly string[]): string {
    const [format, id, content = ''] = sealed.split('.');
    const key = this.keys.find((one) => one.id === id);
    if (format !== FORMAT) throw new SealBroken('unknown format');
    if (key === undefined) throw new SealBroken(`ARENA_TOKEN_KEY has no key '${id}'`);
    const bytes = Buffer.from(content, 'base64url');
    if (bytes.length < IV + TAG) throw new SealBroken('it is too short');
    const decipher = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, IV), { authTagLength: TAG })
      .setAAD(associated(about))
      .setAuthTag(bytes.subarray(-TAG));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(IV, -TAG)), decipher.final()]).toString('utf8');
    } catch {
      throw new SealBroken('it was changed, or belongs to another account');
    }
  }

  /** The prefix of every text that the first key has sealed. */
  get currentSeal(): string {
    return `${FORMAT}.${this.keys[0]?.id}.`;
  }
}

function associated(about: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(about));
}
