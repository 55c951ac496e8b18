"""Whether a peer of the fusion benchmark and a lake say the same of residents with a valid number.

    fusion_agree.py LAKE PEER_DIR

LAKE was made by one run with linking off. Left out are the numbers of rows that only ours refuses: contested ones
(another person's number), rows torn to another width, and numbers that ours finds in another document. Prints one JSON
object; ends with 1 where there is a disagreement.
"""

import json
import sys

import duckdb

# Cents on the side of the peers; what only differs in how the room of an address is marked is the same address, and
# a word with a blank in it is that word.
SAME = {
    "name": "{}", "sex": "{}", "birth_date": "{}", "ethnicity": "{}", "household_no": "{}", "hukou_division": "{}",
    "hukou_address": "regexp_replace({}, '(室|户)$', '')", "address": "regexp_replace({}, '(室|户)$', '')", "phone": "{}",
    "assistance_category": "replace({}, ' ', '')",
}
MONEY = ["assistance_monthly_amount", "property_area"]


def main():
    lake, peer = sys.argv[1:3]
    db = duckdb.connect()
    db.execute(f"CREATE VIEW identities AS FROM read_parquet('{lake}/identities/*.parquet')")
    db.execute(f"CREATE VIEW quarantine AS FROM read_parquet('{lake}/quarantine/*.parquet')")
    db.execute(f"CREATE VIEW findings AS FROM read_parquet('{lake}/findings/*.parquet')")
    body = "TRY_CAST(left(id_number, 17) AS BIGINT)"
    plain = "regexp_replace(translate(raw, '０１２３４５６７８９ＸOIl', '0123456789X011'), '[ \u3000-]', '', 'g')"
    db.execute(f"""CREATE TABLE numbers AS SELECT DISTINCT resident_key, {body} AS number FROM identities
        WHERE number_status IN ('valid', 'repaired') AND length(id_number) = 18
          AND resident_key IS DISTINCT FROM mention_key AND {body} IS NOT NULL""")
    db.execute(f"""CREATE TABLE left_out AS
        SELECT DISTINCT {body} AS number FROM identities JOIN findings USING (feed, _delivery, _source_file, _source_row)
        WHERE rule = 'id_contested' AND {body} IS NOT NULL
        UNION SELECT TRY_CAST(left(n, 17) AS BIGINT) FROM (
            SELECT unnest(regexp_extract_all({plain}, '\\d{{17}}[0-9Xx]')) AS n FROM quarantine)
        UNION SELECT TRY_CAST(left(n, 6) || '19' || right(n, 9) AS BIGINT) FROM (
            SELECT unnest(regexp_extract_all({plain}, '\\b\\d{{15}}\\b')) AS n FROM quarantine)""")
    db.execute(f"""CREATE TABLE ours AS SELECT number, residents.* FROM read_parquet('{lake}/residents/*.parquet') residents
        JOIN numbers USING (resident_key) WHERE key_basis = 'number' AND number NOT IN (FROM left_out)""")
    db.execute(f"""CREATE TABLE theirs AS FROM read_parquet('{peer}/residents.parquet')
        WHERE number NOT IN (FROM left_out)""")
    db.execute(f"""CREATE TABLE our_conflicts AS SELECT number, feed, value, winner_feed, winner_value
        FROM read_parquet('{lake}/conflicts/*.parquet') conflicts JOIN numbers USING (resident_key)
        WHERE attribute = 'name' AND number NOT IN (FROM left_out)""")
    db.execute(f"""CREATE TABLE their_conflicts AS SELECT number, feed, value, winner_feed, winner_value
        FROM read_parquet('{peer}/conflicts.parquet') WHERE number NOT IN (FROM left_out)""")

    one = lambda query: db.execute(query).fetchone()[0]
    wrong = {
        "residents only ours": one("SELECT count(*) FROM ours ANTI JOIN theirs USING (number)"),
        "residents only theirs": one("SELECT count(*) FROM theirs ANTI JOIN ours USING (number)"),
        "conflicts only ours": one("SELECT count(*) FROM (FROM our_conflicts EXCEPT ALL FROM their_conflicts)"),
        "conflicts only theirs": one("SELECT count(*) FROM (FROM their_conflicts EXCEPT ALL FROM our_conflicts)"),
    }
    differ = {column: f"{form.format('o.' + column)} IS DISTINCT FROM {form.format('t.' + column)}" for column, form in SAME.items()}
    differ |= {
        column: f"CAST(coalesce(o.{column}, 0) * 100 AS BIGINT) <> coalesce(t.{column}, 0)" for column in MONEY
    }
    differ["property_count"] = "coalesce(o.property_count, 0) <> coalesce(t.property_count, 0)"
    differ["insurances"] = "coalesce(len(o.insurances), 0) <> coalesce(len(t.insurances), 0)"
    for column, condition in differ.items():
        wrong[column] = one(f"SELECT count(*) FROM ours o JOIN theirs t USING (number) WHERE {condition}")
        if wrong[column] and "--show" in sys.argv:
            print(column, db.execute(f"SELECT number, o.{column}, t.{column} FROM ours o JOIN theirs t USING (number) WHERE {condition} LIMIT 8").fetchall(), file=sys.stderr)
    residents = one("SELECT count(*) FROM ours")
    print(json.dumps({
        "residents": residents,
        "conflicts": one("SELECT count(*) FROM our_conflicts"),
        "left_out": one("SELECT count(*) FROM left_out"),
        "disagreements": {what: count for what, count in wrong.items() if count},
    }))
    return 1 if any(wrong.values()) or not residents else 0


if __name__ == "__main__":
    sys.exit(main())
