CREATE TYPE "public"."item_condition" AS ENUM('new', 'like new', 'used', 'worn');--> statement-breakpoint
CREATE TYPE "public"."item_status" AS ENUM('available', 'sold', 'withdrawn');--> statement-breakpoint
CREATE TYPE "public"."offer_status" AS ENUM('open', 'replaced', 'declined');--> statement-breakpoint
CREATE TYPE "public"."discipline" AS ENUM('8-ball', '9-ball', '10-ball', 'straight pool', 'one-pocket');--> statement-breakpoint
CREATE TYPE "public"."tournament_status" AS ENUM('upcoming', 'open', 'running', 'finished', 'cancelled');--> statement-breakpoint
CREATE SEQUENCE "public"."item_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."offer_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."notification_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."user_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."tournament_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."venue_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "items" (
	"id" bigint PRIMARY KEY DEFAULT nextval('item_ids') NOT NULL,
	"seller_id" bigint NOT NULL,
	"title" text NOT NULL,
	"description" text NOT NULL,
	"condition" "item_condition" NOT NULL,
	"price_cents" integer NOT NULL,
	"status" "item_status" DEFAULT 'available' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"words" text[] GENERATED ALWAYS AS (regexp_split_to_array(lower(title), '[^[:alnum:]]+')) STORED NOT NULL,
	CONSTRAINT "items_have_a_price" CHECK ("items"."price_cents" > 0)
);
--> statement-breakpoint
CREATE TABLE "offers" (
	"id" bigint PRIMARY KEY DEFAULT nextval('offer_ids') NOT NULL,
	"item_id" bigint NOT NULL,
	"bidder_id" bigint NOT NULL,
	"amount_cents" integer NOT NULL,
	"status" "offer_status" DEFAULT 'open' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "offers_have_an_amount" CHECK ("offers"."amount_cents" > 0)
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" bigint PRIMARY KEY DEFAULT nextval('notification_ids') NOT NULL,
	"user_id" bigint NOT NULL,
	"sender_id" bigint,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"read_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "token_secrets" (
	"purpose" text PRIMARY KEY NOT NULL,
	"secret" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" bigint PRIMARY KEY DEFAULT nextval('user_ids') NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"organiser" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "entries" (
	"tournament_id" bigint NOT NULL,
	"user_id" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "entries_tournament_id_user_id_pk" PRIMARY KEY("tournament_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "tournaments" (
	"id" bigint PRIMARY KEY DEFAULT nextval('tournament_ids') NOT NULL,
	"venue_id" bigint NOT NULL,
	"name" text NOT NULL,
	"discipline" "discipline" NOT NULL,
	"status" "tournament_status" DEFAULT 'upcoming' NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"capacity" integer NOT NULL,
	"entry_fee_cents" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tournaments_have_places" CHECK ("tournaments"."capacity" between 2 and 256),
	CONSTRAINT "tournaments_cost_no_less_than_nothing" CHECK ("tournaments"."entry_fee_cents" >= 0)
);
--> statement-breakpoint
CREATE TABLE "venues" (
	"id" bigint PRIMARY KEY DEFAULT nextval('venue_ids') NOT NULL,
	"name" text NOT NULL,
	"city" text NOT NULL,
	"tables" integer NOT NULL,
	CONSTRAINT "venues_have_tables" CHECK ("venues"."tables" > 0)
);
--> statement-breakpoint
ALTER TABLE "items" ADD CONSTRAINT "items_seller_id_users_id_fk" FOREIGN KEY ("seller_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "offers" ADD CONSTRAINT "offers_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "offers" ADD CONSTRAINT "offers_bidder_id_users_id_fk" FOREIGN KEY ("bidder_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_sender_id_users_id_fk" FOREIGN KEY ("sender_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_tournament_id_tournaments_id_fk" FOREIGN KEY ("tournament_id") REFERENCES "public"."tournaments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tournaments" ADD CONSTRAINT "tournaments_venue_id_venues_id_fk" FOREIGN KEY ("venue_id") REFERENCES "public"."venues"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "items_newest" ON "items" USING btree ("created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "items"."status" = 'available';--> statement-breakpoint
CREATE INDEX "items_by_price" ON "items" USING btree ("price_cents","id") WHERE "items"."status" = 'available';--> statement-breakpoint
CREATE INDEX "items_by_word" ON "items" USING gin ("words");--> statement-breakpoint
CREATE INDEX "items_by_seller" ON "items" USING btree ("seller_id");--> statement-breakpoint
CREATE UNIQUE INDEX "offers_one_open_a_bidder" ON "offers" USING btree ("item_id","bidder_id") WHERE "offers"."status" = 'open';--> statement-breakpoint
CREATE INDEX "offers_by_bidder" ON "offers" USING btree ("bidder_id");--> statement-breakpoint
CREATE INDEX "notifications_of_user" ON "notifications" USING btree ("user_id","created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "notifications_unread" ON "notifications" USING btree ("user_id") WHERE "notifications"."read_at" is null;--> statement-breakpoint
CREATE INDEX "entries_by_user" ON "entries" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "tournaments_by_start" ON "tournaments" USING btree ("starts_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "tournaments_by_status" ON "tournaments" USING btree ("status","starts_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "tournaments_by_venue" ON "tournaments" USING btree ("venue_id","starts_at" DESC NULLS FIRST,"id" DESC NULLS FIRST);