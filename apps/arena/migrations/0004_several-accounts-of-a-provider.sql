DROP INDEX "connected_accounts_of_user";--> statement-breakpoint
CREATE INDEX "connected_accounts_of_user" ON "connected_accounts" USING btree ("user_id","provider");