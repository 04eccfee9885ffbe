"""The function behind every state trigger: a move that is not in the table is refused, from anywhere."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vocabularies", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NOT EXISTS (SELECT 1 FROM vocabularies_statetransition
                               WHERE noun = TG_ARGV[0] AND source = OLD.state AND target = NEW.state) THEN
                    RAISE EXCEPTION 'illegal move of %: % to %', TG_ARGV[0], OLD.state, NEW.state
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
            END $$;
            """,
            "DROP FUNCTION IF EXISTS refuse_illegal_move();",
        )
    ]
