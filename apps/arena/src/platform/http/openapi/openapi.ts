import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeCaching } from 'nest-larder';
import { describeProblems } from './problems.js';
import { exemplifyBodies } from './request-bodies.js';
import { ADMIN_SCHEME } from './schemes.js';

/**
 * Serves the OpenAPI document at `/docs-json`, and a page to try it at `/docs`.
 *
 * @param hasAdmin whether admin routes exist
 */
export function serveOpenApi(app: INestApplication, hasAdmin: boolean): void {
  SwaggerModule.setup('docs', app, () => documentOf(app, hasAdmin), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Arena API',
    swaggerOptions: { persistAuthorization: true },
  });
}

function documentOf(app: INestApplication, hasAdmin: boolean): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Arena')
    .setDescription('Tournaments, a marketplace and notifications for people who play pool.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The token that `POST /auth/sign-in` returns.' });
  if (hasAdmin) {
    about.addBearerAuth({ type: 'http', scheme: 'bearer', description: '`LARDER_ADMIN_TOKEN`.' }, ADMIN_SCHEME);
  }
  const document = SwaggerModule.createDocument(app, about.build());
  describeProblems(document);
  describeCaching(document);
  exemplifyBodies(document);
  return document;
}
