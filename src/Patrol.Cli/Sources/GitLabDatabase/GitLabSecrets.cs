using System.Text;
using System.Text.Json;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// What of GitLab's <c>gitlab-secrets.json</c> makes token digests: <c>gitlab_rails.db_key_base</c>, a text, or several of which the
/// last is the one in use. Only its first 32 bytes count.
/// </summary>
internal sealed class GitLabSecrets
{
    public const string Advice = "add --gitlab-secrets FILE: GitLab's gitlab-secrets.json (on its server /etc/gitlab/gitlab-secrets.json)";

    private readonly byte[][] keys;

    private GitLabSecrets(byte[][] keys) => this.keys = keys;

    /// <exception cref="CliFailure">It cannot be read, or holds no key.</exception>
    public static GitLabSecrets Read(string file)
    {
        var text = SourceTarget.ReadFile(file);
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("gitlab_rails", out var rails) && rails.ValueKind == JsonValueKind.Object
                && rails.TryGetProperty("db_key_base", out var found))
            {
                var texts = found.ValueKind == JsonValueKind.Array ? found.EnumerateArray().Reverse() : [found];
                byte[][] keys = [.. texts.Where(one => one.ValueKind == JsonValueKind.String && one.GetString()!.Length > 0).Select(one => Encoding.UTF8.GetBytes(one.GetString()!))];
                if (keys.Length > 0)
                    return new GitLabSecrets([.. keys.Select(key => key[..Math.Min(key.Length, ForeignDigest.SaltedSha256.KeyLength)])]);
            }
        }
        catch (JsonException)
        {
            // The parser's message may repeat what stands in the file.
            throw CliFailure.Usage($"--gitlab-secrets: {file} is not readable as JSON.");
        }
        throw CliFailure.Usage($"--gitlab-secrets: {file} holds no gitlab_rails.db_key_base.");
    }

    /// <summary>The digest that a token with this text has, as <c>token_digest</c> holds it.</summary>
    public string Digest(Secret text) => Digests(text)[0];

    /// <summary>The same for every key that was ever in use.</summary>
    public string[] Digests(Secret text) => [.. keys.Select(key => ForeignDigest.SaltedSha256.Of(text.Reveal(), key).ToText())];
}
