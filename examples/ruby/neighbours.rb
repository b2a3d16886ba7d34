# Films like the ones named, from the quickstart's server: neighbours.rb [--server HOST:PORT] TITLE...
#
# No client of ours: stock grpc, and stubs that protoc makes from the repository's protos.
require 'csv'
require 'tmpdir'

ROOT = File.expand_path('../..', __dir__)

# The messages and stubs of vectorsearch.v1, made anew in a folder of their own.
def load_stubs
  out = Dir.mktmpdir
  at_exit { FileUtils.remove_entry(out) }
  protos = Dir.glob('vectorsearch/v1/*.proto', base: "#{ROOT}/protos").sort
  plugin = `which grpc_ruby_plugin`.strip
  done = system('protoc', "-I#{ROOT}/protos", "--ruby_out=#{out}", "--grpc_out=#{out}", "--plugin=protoc-gen-grpc=#{plugin}", *protos)
  abort 'protoc could not make the stubs (Debian: apt-get install protobuf-compiler protobuf-compiler-grpc ruby-grpc)' unless done
  $LOAD_PATH.unshift(out)
  require 'vectorsearch/v1/points_services_pb'
end

server = '127.0.0.1:6410'
server = ARGV.shift(2)[1] if ARGV[0] == '--server'
abort 'usage: neighbours.rb [--server HOST:PORT] TITLE...' if ARGV.empty?
ids = CSV.read("#{ROOT}/samples/movielens-latest-small/movies.csv", headers: true).to_h { |row| [row['title'], row['movieId'].to_i] }
ARGV.each { |title| ids.key?(title) || abort("no film is called '#{title}'; it must stand as in movies.csv, with its year") }

load_stubs
V1 = Vectorsearch::V1
points = V1::Points::Stub.new(server, :this_channel_is_insecure)
begin
  reply = points.query(V1::QueryRequest.new(
    collection: 'films', ids: V1::IdColumn.new(numbers: ARGV.map { |title| ids[title] }), limit: 5, with_payload: true
  ), deadline: Time.now + 30)
rescue GRPC::BadStatus => e
  abort e.message
end

# Answers come in columns: those of query 0, then those of query 1, and so on.
row = 0
ARGV.zip(reply.counts) do |title, count|
  puts "Films like #{title}"
  count.times do
    puts format('  %.6f  %6d  %s', reply.scores[row], reply.ids.numbers[row], reply.payloads[row].fields['title'].text)
    row += 1
  end
end
