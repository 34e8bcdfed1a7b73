CREATE TYPE "public"."account_status" AS ENUM('connected', 'reconnect');--> statement-breakpoint
CREATE SEQUENCE "public"."connected_account_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "begun_connections" (
	"state_hash" text PRIMARY KEY NOT NULL,
	"browser_hash" text NOT NULL,
	"user_id" bigint NOT NULL,
	"provider" text NOT NULL,
	"code_verifier" text NOT NULL,
	"expires_at" timestamp (3) with time zone DEFAULT now() + interval '10 minutes' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "connected_accounts" (
	"id" bigint PRIMARY KEY DEFAULT nextval('connected_account_ids') NOT NULL,
	"user_id" bigint NOT NULL,
	"provider" text NOT NULL,
	"account_id" text NOT NULL,
	"account_name" text NOT NULL,
	"status" "account_status" DEFAULT 'connected' NOT NULL,
	"scope" text,
	"access_token" text,
	"refresh_token" text,
	"expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"refreshed_at" timestamp (3) with time zone,
	"failure" text,
	"failures" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp (3) with time zone,
	"refresh_by" text,
	"asked_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "begun_connections" ADD CONSTRAINT "begun_connections_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connected_accounts" ADD CONSTRAINT "connected_accounts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "connected_accounts_of_provider" ON "connected_accounts" USING btree ("provider","account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "connected_accounts_of_user" ON "connected_accounts" USING btree ("user_id","provider");--> statement-breakpoint
CREATE INDEX "connected_accounts_by_expiry" ON "connected_accounts" USING btree ("expires_at") WHERE "connected_accounts"."status" = 'connected' and "connected_accounts"."refresh_token" is not null;--> statement-breakpoint
CREATE INDEX "connected_accounts_in_doubt" ON "connected_accounts" USING btree ("asked_at") WHERE "connected_accounts"."asked_at" is not null;