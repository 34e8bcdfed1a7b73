import { CacheInterceptor } from '@nestjs/cache-manager';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Param,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Database, type Order } from './database.js';

@Injectable()
export class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-key'] === 'secret';
  }
}

@Controller('orders')
@UseGuards(KeyGuard)
export class OrdersController {
  constructor(private readonly database: Database) {}

  @UseInterceptors(CacheInterceptor)
  @Get(':customer')
  async of(@Param('customer') customer: string): Promise<Order[]> {
    return this.database.findOrders(customer);
  }
}
