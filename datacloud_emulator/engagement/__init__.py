"""Account Engagement (Pardot) API version 5 of the emulator: a real store behind every path of the catalogue.

From the top down: a room names rooms of its own row and of the rows below, never one above.

| room | what it does |
|---|---|
| `business_units` | the face, `Engagement`: the business units and their jobs, and what a test asks of them |
| `sample`, `sample_…` | the records an emulator begins with |
| `service` | one request: the order of checks |
| `handlers` | who answers which call |
| `operations`, `actions`, `job_calls` | query, read, create, update, delete; the calls under `do/`; jobs and files |
| `calls` | what an answer is made with |
| `workers` | what jobs do as they move on |
| `exports`, `imports`, `import_rows`, `bulk_actions` | the jobs, each by its kind |
| `jobs` | how jobs move on |
| `multipart`, `external_activities` | bodies with a file; activities from elsewhere |
| `records`, `prospects`, `derived` | what is written: checked, defaulted and derived |
| `queries`, `bodies` | the filters and order of a query, and the page it gets; what a body may hold |
| `fields`, `values` | the fields that are asked for, and their JSON; single values as calls write them |
| `unit` | one business unit: its records, its meter, and its page tokens |
| `tables`, `store` | how records are laid out; the records of one business unit, in SQLite in memory |
| `refusals` | error bodies by code |
| `catalogue`, `settings` | reads `catalogue.json`; every decision the public record leaves open, and the switches |
"""
