// Every story on one page, for the eye: `npm run dev`, then /stories.html. It is no part of the build.
import "@mantine/core/styles.layer.css";
import "./ui/base.css";
import { createRoot } from "react-dom/client";
import type { Story } from "./ui/stories.ts";
import { Stage } from "./ui/testing.tsx";

const files = import.meta.glob<{ stories: readonly Story[] }>("./**/*.stories.tsx", { eager: true });
const wanted = new URLSearchParams(window.location.search).get("story");

function Stories() {
  return Object.entries(files).flatMap(([path, { stories }]) =>
    stories.map((story) => {
      const name = `${path.replace(/^\.\/|\.stories\.tsx$/g, "")}: ${story.name}`;
      // A dialog covers the page, so it is drawn only when it is asked for.
      if (wanted ? wanted !== name : story.name === "confirm") return null;
      return (
        <section key={name} style={{ padding: "16px 24px", borderBottom: "1px solid #8884" }}>
          <p style={{ opacity: 0.7, margin: "0 0 8px" }}><a href={`?story=${encodeURIComponent(name)}`}>{name}</a></p>
          <Stage scene={{ answers: story.answers ?? {} }}>{story.render()}</Stage>
        </section>
      );
    }),
  );
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<Stories />);
