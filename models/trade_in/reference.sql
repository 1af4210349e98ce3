-- The statements of models/trade_in/reference.py.

-- name: all_questions
SELECT q.category, q.market, q.version, q.valid_from, q.question, q.text_en, q.text_fr, q.help_en, q.help_fr,
  (SELECT jsonb_agg(jsonb_build_array(a.answer, a.text_en, a.text_fr, a.best_grade, a.excluded)
    ORDER BY a.position, a.answer) FROM trade_in_answer a
    WHERE (a.category, a.market, a.version, a.question) = (q.category, q.market, q.version, q.question))::text AS answers
FROM trade_in_question q ORDER BY q.category, q.market, q.version, q.position, q.question;

-- name: all_programmes
SELECT * FROM trade_in_programme ORDER BY market, category, valid_from, revision;

-- name: all_decay
SELECT * FROM trade_in_decay;

-- name: all_keeping
SELECT category, new_g, source FROM trade_in_keeping;

-- name: all_codes
SELECT scheme, code, grade FROM trade_in_grade_code ORDER BY scheme, version, code;

-- name: set_programme
-- The next revision of a day.
INSERT INTO trade_in_programme (market, category, valid_from, revision, is_open, minimum_age, identity_documents, quote_days,
  label_days, decision_days, inspection_business_days, source, status)
SELECT $1, $2, $3::date, 1 + coalesce((SELECT max(p.revision) FROM trade_in_programme p
  WHERE (p.market, p.category, p.valid_from) = ($1, $2, $3::date)), 0), $4, $5, $6, $7, $8, $9, $10, $11, $12
RETURNING id, revision;
