import { CACHE_MANAGER } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';
import type { Cache } from 'cache-manager';
import { type Book, Store } from './store.js';

const MINUTE = 60_000;

@Injectable()
export class CatalogService {
  constructor(
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
    private readonly store: Store,
  ) {}

  /** A book; `null` if there is none. */
  async findOne(isbn: string): Promise<Book | null> {
    const key = `book:${isbn}`;
    const cached = await this.cache.get<Book>(key);
    if (cached) {
      return cached;
    }
    const book = await this.store.find(isbn);
    await this.cache.set(key, book, 5 * MINUTE);
    return book;
  }

  findAll(): Promise<Book[]> {
    return this.cache.wrap(
      'books',
      async () => {
        const books = await this.store.all();
        // By title, for people.
        return books.sort((one, other) => one.title.localeCompare(other.title));
      },
      MINUTE,
    );
  }

  async cheapest(limit: number): Promise<string[]> {
    let titles = await this.cache.get<string[]>(`cheapest:${limit}`);
    if (!titles) {
      const books = await this.store.all();
      titles = books
        .sort((one, other) => one.price - other.price)
        .slice(0, limit)
        .map(({ title }) => title);
      await this.cache.set(`cheapest:${limit}`, titles, 500);
    }
    return titles;
  }

  async save(book: Book): Promise<Book> {
    const saved = await this.store.save(book);
    await this.cache.del(`book:${saved.isbn}`);
    await this.cache.del('books');
    return saved;
  }
}
