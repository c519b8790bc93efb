"""Pages for people: templates and components, charts with their table and sentence, exports."""
