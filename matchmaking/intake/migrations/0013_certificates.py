"""Certificates of experts: two more kinds of file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0012_duplicate_search"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="attachment",
            name="attachment_kind_known",
        ),
        migrations.AlterField(
            model_name="attachment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("test_report", "test report"),
                    ("patent", "patent certificate"),
                    ("picture", "picture or drawing"),
                    ("user_certificate", "certificate of a user"),
                    ("evaluation", "evaluation report"),
                    ("title", "certificate of a professional title"),
                    ("honour", "certificate of an honour"),
                    ("other", "other document"),
                ],
                max_length=20,
                verbose_name="kind of file",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "test_report",
                            "patent",
                            "picture",
                            "user_certificate",
                            "evaluation",
                            "title",
                            "honour",
                            "other",
                        ],
                    )
                ),
                name="attachment_kind_known",
            ),
        ),
    ]
