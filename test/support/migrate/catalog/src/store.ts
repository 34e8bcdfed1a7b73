import { Injectable } from '@nestjs/common';

export interface Book {
  isbn: string;
  title: string;
  price: number;
}

/** Stands for a database: each query is counted, and returns rows of its own. */
@Injectable()
export class Store {
  queries = 0;
  private readonly books = new Map<string, Book>([
    ['1', { isbn: '1', title: 'Break and run', price: 20 }],
    ['2', { isbn: '2', title: 'Straight pool', price: 15 }],
  ]);

  async find(isbn: string): Promise<Book | null> {
    this.queries++;
    const book = this.books.get(isbn);
    return book === undefined ? null : { ...book };
  }

  async all(): Promise<Book[]> {
    this.queries++;
    return [...this.books.values()].map((book) => ({ ...book }));
  }

  async save(book: Book): Promise<Book> {
    this.books.set(book.isbn, { ...book });
    return { ...book };
  }

  async rate(currency: string): Promise<number> {
    this.queries++;
    return currency === 'EUR' ? 1 : 1.1;
  }
}
