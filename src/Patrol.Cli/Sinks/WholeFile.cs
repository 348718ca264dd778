using System.Text;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sinks;

/// <summary>A file that holds a token and nothing else but, perhaps, the end of its line.</summary>
internal sealed class WholeFile : ITextEditor
{
    public string What => "the token";

    public TextSpot Find(byte[] file, string path)
    {
        RefuseEncrypted(file, path);
        var text = Encoding.Latin1.GetString(file);
        var start = text.StartsWith("\u00ef\u00bb\u00bf", StringComparison.Ordinal) ? 3 : 0;
        var value = text[start..].TrimEnd('\r', '\n');
        return TokenText.WhyNot(value) is { } why
            ? throw new CliFailure(ExitCode.SomeRefused, $"{path}, line 1: the file's content {why}. It must hold one token and nothing else.")
            : new TextSpot(start, value.Length, 1);
    }

    /// <summary>Refuses files that a tool encrypted as a whole or value by value, and such as are no text.</summary>
    public static void RefuseEncrypted(byte[] file, string path)
    {
        var text = Encoding.Latin1.GetString(file);
        (string Mark, string Tool)[] marks = [("$ANSIBLE_VAULT;", "Ansible Vault"), ("\0GITCRYPT", "git-crypt"), ("-----BEGIN AGE ", "age"), ("-----BEGIN PGP ", "PGP"), ("age-encryption.org/", "age")];
        foreach (var (mark, tool) in marks)
        {
            if (text.StartsWith(mark, StringComparison.Ordinal))
                throw new CliFailure(ExitCode.SomeRefused, $"{path}, line 1: the file is encrypted with {tool}. Decrypt it, or store the token with a command.");
        }
        var sops = Sops(text);
        if (sops > 0)
            throw new CliFailure(ExitCode.SomeRefused, $"{path}, line {sops}: the file is encrypted with SOPS. Store the token with a command, such as `sops set`.");
        if (text.StartsWith("\u00ff\u00fe", StringComparison.Ordinal) || text.StartsWith("\u00fe\u00ff", StringComparison.Ordinal) || text.Contains('\0', StringComparison.Ordinal))
            throw new CliFailure(ExitCode.SomeRefused, $"{path}, line 1: not a text in UTF-8.");
    }

    private static int Sops(string text)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line is "sops:" || line.StartsWith("sops_version=") || line.StartsWith("sops_mac="))
                return number;
        }
        return 0;
    }
}
