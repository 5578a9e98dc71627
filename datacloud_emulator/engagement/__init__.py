"""Account Engagement (Pardot) API version 5 of the emulator: a real store behind every path of the catalogue.

| room | what it does |
|---|---|
| `catalogue` | reads `catalogue.json`: objects, fields, filters, actions, error codes |
| `settings` | every decision that the public record leaves open, and the fault switches |
| `tables`, `store` | how records are laid out; the records of one business unit, in SQLite in memory |
| `business_units` | what a business unit has beside its records: the meter, the page tokens |
| `sample`, `sample_…` | the records an emulator begins with |
| `service`, `handlers`, `calls` | one request: the order of checks, who answers, and what the answer is made with |
| `operations` | query, read, create, update and delete, as every object has them |
| `fields`, `queries` | the fields that are asked for, the filters and order of a query, and the page it gets |
| `bodies`, `records`, `prospects`, `derived` | what is written, checked, defaulted and derived |
| `actions` | the calls under `do/` |
| `jobs`, `workers`, `job_calls` | how jobs move on, what they do then, and the calls of jobs, files and activities |
| `exports`, `imports`, `import_rows`, `bulk_actions` | the jobs, each by its kind |
| `multipart`, `external_activities` | bodies with a file; activities from elsewhere |
| `refusals` | error bodies by code |
"""
