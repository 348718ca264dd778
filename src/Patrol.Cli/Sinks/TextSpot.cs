using System.Text;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sinks;

/// <summary>Where in a file a value stands.</summary>
/// <param name="Start">The value's first byte.</param>
/// <param name="Length">How many bytes it has; none if it is empty.</param>
/// <param name="Line">Its line, from 1.</param>
internal readonly record struct TextSpot(int Start, int Length, int Line)
{
    /// <summary>The value. Bytes that are no ASCII are shown as Latin 1: they are in no token.</summary>
    public string In(byte[] file) => Encoding.Latin1.GetString(file, Start, Length);

    /// <summary>The file with another value; every other byte stays.</summary>
    public byte[] Replace(byte[] file, string value) =>
        [.. file.AsSpan(0, Start), .. Encoding.ASCII.GetBytes(value), .. file.AsSpan(Start + Length)];
}

/// <summary>Finds the one spot in a file at which a token stands, or says why there is none that may be touched.</summary>
internal interface ITextEditor
{
    /// <summary>What messages call the place: a key, a path.</summary>
    string What { get; }

    /// <summary>Finds it.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="CliFailure">It is not there, there twice, or made by something else; with the line.</exception>
    TextSpot Find(byte[] file, string path);

    /// <summary>Null if the place can hold this token, else why it cannot.</summary>
    string? WhyNot(string token) => null;
}
