import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Broadcaster } from 'nest-larder/realtime';
import { ForOrganisers } from '../sign-in/access/access.js';
import { type Announcement, type AnnouncementEvents, announcement } from './announcement.schemas.js';

@ApiTags('Announcements')
@Controller('announcements')
export class AnnouncementsController {
  constructor(private readonly broadcaster: Broadcaster<AnnouncementEvents>) {}

  @Post()
  @ForOrganisers()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Send a message to every connected socket' })
  @ApiNoContentResponse({ description: 'Told' })
  announce(@Body({ schema: announcement }) news: Announcement): void {
    this.broadcaster.all().emit('announcement', news);
  }
}
