import { Injectable, Module } from '@nestjs/common';

@Injectable()
export class Settings {
  get(name: string): string | undefined {
    return process.env[name];
  }
}

@Module({ providers: [Settings], exports: [Settings] })
export class SettingsModule {}
