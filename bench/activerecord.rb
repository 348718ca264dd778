# What GitLab's rake tasks and scripts do (the rake task gitlab:tokens:analyze, expired_tokens.rb, extend_expiring_tokens.rb), with
# Debian's ActiveRecord and none of the rest of GitLab, which takes a minute to start:
#   ruby bench/activerecord.rb analyze | find DATE [eager] | extend DATE NEW | batches DATE NEW
# The database is libpq's: PGHOST, PGPORT, PGUSER, PGDATABASE.
require 'active_record'
require 'active_support/time'

Time.zone = 'UTC'
ActiveRecord::Base.time_zone_aware_attributes = true
ActiveRecord::Base.establish_connection(
  adapter: 'postgresql', host: ENV['PGHOST'], port: ENV['PGPORT'], username: ENV['PGUSER'], database: ENV['PGDATABASE'])

class Member < ActiveRecord::Base
  self.inheritance_column = nil
  belongs_to :user
end

class User < ActiveRecord::Base
  has_many :members
  def blocked? = %w[blocked ldap_blocked blocked_pending_approval banned].include?(state)
end

class PersonalAccessToken < ActiveRecord::Base
  belongs_to :user
  serialize :scopes, Array
  scope :not_revoked, -> { where(revoked: [false, nil]) }
  scope :without_impersonation, -> { where(impersonation: false) }
  scope :owner_is_human, -> { joins(:user).where(users: { user_type: 0 }) }
  scope :project_access_token, -> { joins(:user).where(users: { user_type: 6 }) }
end

def analyze
  run = ActiveRecord::Base.connection.select_one(
    "SELECT started_at, finished_at FROM batched_background_migrations WHERE job_class_name = 'CleanupPersonalAccessTokensWithNilExpiresAt' " \
    "AND table_name = 'personal_access_tokens' AND column_name = 'id' ORDER BY id LIMIT 1")
  puts '======= Personal/Project/Group Access Token Expiration Migration ======='
  puts run ? "Started at: #{run['started_at']}\nFinished  : #{run['finished_at']}" : 'Status: Not run'
  puts '===== Top 10 Personal/Project/Group Access Token Expiration Dates ====='
  puts "| Expiration Date | Count |\n|-----------------|-------|"
  PersonalAccessToken.select(:expires_at, Arel.sql('count(*)')).group(:expires_at).order(Arel.sql('count(*) DESC, expires_at DESC')).limit(10).each do |row|
    puts "| #{(row.expires_at || '(none)').to_s.ljust(15)} | #{row.count.to_s.ljust(5)} |"
  end
  puts '=' * 72
end

def find(date, eager)
  people = PersonalAccessToken.owner_is_human.where(expires_at: date)
  people = people.preload(:user) if eager
  people.find_each do |token|
    next if token.user.blocked?

    puts "Expired personal access token ID: #{token.id}, User Email: #{token.user.email}, Name: #{token.name}, Scopes: #{token.scopes}, Last used: #{token.last_used_at}"
  end
  bots = PersonalAccessToken.project_access_token.where(expires_at: date)
  bots = bots.preload(user: :members) if eager
  bots.find_each do |token|
    token.user.members.each do |member|
      type = member.type == 'GroupMember' ? 'Group' : 'Project'
      puts "Expired #{type} access token in #{type} ID #{member.source_id}, Token ID: #{token.id}, Name: #{token.name}, Scopes: #{token.scopes}, Last used: #{token.last_used_at}"
    end
  end
end

def extend_date(date, new_date)
  total = PersonalAccessToken.not_revoked.without_impersonation.where(expires_at: date).update_all(expires_at: new_date)
  puts "Updated #{total} tokens with new expiry date #{new_date}"
end

def batches(date, new_date)
  total = 0
  PersonalAccessToken.where(expires_at: date).in_batches(of: 1000) do |batch|
    total += batch.update_all(expires_at: new_date)
  end
  puts "Updated #{total} tokens!"
end

case ARGV
in ['analyze'] then analyze
in ['find', date, *eager] then find(date, eager.any?)
in ['extend', date, new_date] then extend_date(date, new_date)
in ['batches', date, new_date] then batches(date, new_date)
end
