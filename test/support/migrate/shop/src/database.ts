import { Injectable } from '@nestjs/common';

export interface Product {
  id: number;
  name: string;
  category: string;
  sold: number;
}

export interface Order {
  id: number;
  customer: string;
  total: number;
}

/** Stands for a database: each query is counted, and returns rows of its own. */
@Injectable()
export class Database {
  queries = 0;
  private readonly products: Product[] = [
    { id: 1, name: 'Cue', category: 'cues', sold: 12 },
    { id: 2, name: 'Chalk', category: 'care', sold: 90 },
    { id: 3, name: 'Break cue', category: 'cues', sold: 3 },
  ];
  private readonly orders: Order[] = [
    { id: 1, customer: 'ann', total: 90 },
    { id: 2, customer: 'bob', total: 12 },
  ];

  async findProducts(): Promise<Product[]> {
    this.queries++;
    return structuredClone(this.products);
  }

  async findOrders(customer: string): Promise<Order[]> {
    this.queries++;
    return structuredClone(this.orders.filter((order) => order.customer === customer));
  }

  async insertProduct(name: string, category: string): Promise<Product> {
    const product = { id: this.products.length + 1, name, category, sold: 0 };
    this.products.push(product);
    return { ...product };
  }

  async sell(id: number): Promise<void> {
    const product = this.products.find((one) => one.id === id);
    if (product !== undefined) product.sold += 100;
  }
}
