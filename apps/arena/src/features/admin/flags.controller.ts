import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FlagState, Flags } from 'nest-larder';
import { AdminGuard } from './admin.guard.js';

/** Feature flags; admin only. */
@ApiExcludeController()
@Controller('admin/flags')
@UseGuards(AdminGuard)
export class FlagsController {
  constructor(private readonly flags: Flags) {}

  @Get()
  list(): readonly FlagState[] {
    return this.flags.list();
  }
}
