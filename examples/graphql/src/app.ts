import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable, Module } from '@nestjs/common';
import {
  Args,
  Field,
  GraphQLModule,
  ID,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { Cacheable, CacheableBatch, CacheInvalidate, LarderModule } from 'nest-larder';

@ObjectType()
export class Author {
  @Field(() => ID) id!: string;
  @Field() name!: string;
}

@ObjectType()
export class Book {
  @Field(() => ID) id!: string;
  @Field() title!: string;
  authorId!: string;
}

/** The DataLoader: the field resolvers of one turn make one call, and its values stay cached. */
@Injectable()
export class Authors {
  readonly calls: string[][] = [];

  @CacheableBatch({ key: (id: string) => ['authors', id], ttl: '10m', gather: true })
  async many(ids: readonly string[]): Promise<readonly Author[]> {
    this.calls.push([...ids]);
    return ids.map((id) => ({ id, name: `Author ${id}` }));
  }
}

@Resolver(() => Book)
export class BooksResolver {
  loads = 0;

  constructor(private readonly authors: Authors) {}

  @Query(() => [Book])
  @Cacheable({ key: () => ['books'], ttl: '10m', scope: 'shared' })
  async books(): Promise<Book[]> {
    this.loads++;
    return ['1', '2', '3', '4'].map((id) => ({ id, title: `Book ${id}`, authorId: Number(id) % 2 ? 'a' : 'b' }));
  }

  @ResolveField(() => Author)
  async author(@Parent() { authorId }: Book): Promise<Author | undefined> {
    const [author] = await this.authors.many([authorId]);
    return author;
  }

  /** Nest runs no guards for a field: `scope` says who shares it. */
  @ResolveField(() => String)
  @Cacheable({ key: ({ id }: Book) => ['books', id, 'blurb'], ttl: '10m', scope: 'shared' })
  async blurb(@Parent() { id, title }: Book): Promise<string> {
    return `${title} (${id})`;
  }

  @Mutation(() => Boolean)
  @CacheInvalidate({ targets: (id: string) => [['authors', id]] })
  async renameAuthor(@Args('id', { type: () => ID }) id: string): Promise<boolean> {
    return id !== '';
  }
}

@Module({
  imports: [
    LarderModule.forRoot(),
    GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true, playground: false }),
  ],
  providers: [Authors, BooksResolver],
})
export class AppModule {}
