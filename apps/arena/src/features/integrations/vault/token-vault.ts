import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A key that tokens are encrypted with, and the name by which what it encrypted is known. */
export interface TokenKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

const FORMAT = 'v1';
const CIPHER = 'aes-256-gcm';
const IV = 12;
const TAG = 16;

/** Something sealed cannot be opened: its key is not here, or it was changed, or it belongs to somebody else. */
export class SealBroken extends Error {
  constructor(why: string) {
    super(`A token cannot be read: ${why}`);
    this.name = 'SealBroken';
  }
}

/**
 * Encrypts what must not be read by who gets at the database (AES-256-GCM). Whose it is is sealed with it: a token that is
 * moved to another row cannot be opened there.
 */
export class TokenVault {
  /** @param keys the first seals, each of them opens what it sealed */
  constructor(private readonly keys: readonly TokenKey[]) {}

  /** @param about whose it is, and what */
  seal(text: string, about: readonly string[]): string {
    const [key] = this.keys;
    if (key === undefined) throw new Error('There is no key to seal with: ARENA_TOKEN_KEY is not set');
    const iv = randomBytes(IV);
    const cipher = createCipheriv(CIPHER, key.bytes, iv, { authTagLength: TAG }).setAAD(associated(about));
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return [FORMAT, key.id, sealed.toString('base64url')].join('.');
  }

  /** @throws SealBroken */
  open(sealed: string, about: readonly string[]): string {
    const [format, id, content = ''] = sealed.split('.');
    const key = this.keys.find((one) => one.id === id);
    if (format !== FORMAT) throw new SealBroken('its format is not known');
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

  /** The beginning of all that the first key has sealed. */
  get currentSeal(): string {
    return `${FORMAT}.${this.keys[0]?.id}.`;
  }
}

function associated(about: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(about));
}
