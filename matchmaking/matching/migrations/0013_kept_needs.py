import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0012_looks_at_fitting_needs"),
    ]

    operations = [
        migrations.AddField(
            model_name="runneed",
            name="expert_source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="matching.matchrun",
            ),
        ),
        migrations.AddField(
            model_name="runshard",
            name="weighed",
            field=models.CharField(blank=True, max_length=100),
        ),
        # What stands there was written in some earlier form: it is fitted anew.
        migrations.AddField(
            model_name="statisticsversion",
            name="form",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="statisticsversion",
            name="form",
            field=models.PositiveSmallIntegerField(default=3),
        ),
    ]
