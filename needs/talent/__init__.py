"""The talent-demand list (人才需求清单): posts that enterprises offer to researchers, doctoral students, advisers."""
