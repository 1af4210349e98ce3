-- The statements of models/trade_in/reference.py. Those of loading read the temporary table `given`, as in models/seed.sql.

-- name: questions
INSERT INTO trade_in_question (category, market, version, question, position, valid_from, text_en, text_fr, help_en, help_fr,
  source)
SELECT category, market, version::int, question, position::int, valid_from::date, text_en, text_fr, coalesce(help_en, ''),
  coalesce(help_fr, ''), source FROM given
ON CONFLICT (category, market, version, question) DO UPDATE SET position = excluded.position,
  valid_from = excluded.valid_from, text_en = excluded.text_en, text_fr = excluded.text_fr, help_en = excluded.help_en,
  help_fr = excluded.help_fr, source = excluded.source;

-- name: answers
INSERT INTO trade_in_answer (category, market, version, question, answer, position, text_en, text_fr, best_grade, excluded,
  source)
SELECT category, market, version::int, question, answer, position::int, text_en, text_fr, best_grade, excluded, source
FROM given
ON CONFLICT (category, market, version, question, answer) DO UPDATE SET position = excluded.position,
  text_en = excluded.text_en, text_fr = excluded.text_fr, best_grade = excluded.best_grade, excluded = excluded.excluded,
  source = excluded.source;

-- name: programmes
INSERT INTO trade_in_programme (market, category, valid_from, revision, is_open, minimum_age, identity_documents, quote_days,
  label_days, decision_days, inspection_business_days, source, status)
SELECT market, category, valid_from::date, 0, is_open::boolean, minimum_age::int,
  string_to_array(coalesce(identity_documents, ''), '|'), quote_days::int, label_days::int, decision_days::int,
  inspection_business_days::int, source, status FROM given
ON CONFLICT (market, category, valid_from, revision) DO UPDATE SET is_open = excluded.is_open,
  minimum_age = excluded.minimum_age, identity_documents = excluded.identity_documents, quote_days = excluded.quote_days,
  label_days = excluded.label_days, decision_days = excluded.decision_days,
  inspection_business_days = excluded.inspection_business_days, source = excluded.source, status = excluded.status;

-- name: decay
INSERT INTO trade_in_decay (category, market, brand, basis, monthly_bp, source)
SELECT category, '*', brand, 'DEFAULT', monthly_bp::int, source FROM given
ON CONFLICT (category, market, brand, basis) DO UPDATE SET monthly_bp = excluded.monthly_bp, source = excluded.source;

-- name: grade_codes
INSERT INTO trade_in_grade_code (scheme, version, code, grade, source)
SELECT scheme, version::int, code, grade, source FROM given
ON CONFLICT (scheme, version, code) DO UPDATE SET grade = excluded.grade, source = excluded.source;

-- name: keeping
INSERT INTO trade_in_keeping (category, new_g, source) SELECT category, new_g::int, source FROM given
ON CONFLICT (category) DO UPDATE SET new_g = excluded.new_g, source = excluded.source;

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
